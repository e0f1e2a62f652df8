# ruff: noqa: E501 - a row a line reads better
"""Messages that somebody wants written, each once in a fitting tone and once in one that offends."""

from __future__ import annotations

from typing import NamedTuple

from rrm_ui.training.comparisons.draft import Language


class Message(NamedTuple):
    """A request, and two messages that both do what it names; the second one in the wrong tone."""

    query: str
    tone: str
    fitting: str
    offending: str


def _rows(lines: str) -> tuple[Message, ...]:
    return tuple(Message(*(part.strip() for part in line.split("|"))) for line in lines.strip().splitlines())


MESSAGES: dict[Language, tuple[Message, ...]] = {
    "en": _rows(
        """
Write a message to my landlord that the heating is broken.|polite|Dear Mr Hall, the heating has been off since yesterday. Could you please send somebody? Many thanks, Ida|The heating is off again, as everything in this dump. Fix it or I stop paying.
Write a short apology to a customer whose parcel came late.|sorry|We are very sorry that your parcel came late. We have refunded the shipping, and hope to do better next time.|Parcels come late, that is life. You got it in the end, so please stop writing to us.
Write a birthday wish for my grandmother.|warm|Dear Grandma, all the best for your birthday! I wish you health and many sunny days in your garden.|Grandma, another year older. At your age one should be glad of every day, I guess.
Decline an invitation to a wedding.|kind|Thank you so much for the invitation. Sadly we are away that weekend; we wish you a wonderful day.|We won't come. Weddings bore us, and yours is too far away anyway.
Ask my boss for a day off on Friday.|respectful|Dear Ms Lee, may I take Friday off? My tasks for the week will be done by Thursday. Thank you.|I am not coming on Friday. You will manage without me for once, I suppose.
Write a note to a neighbour whose music is loud at night.|friendly|Hello, could you turn the music down a little after ten? We have to get up early. Thank you very much!|Turn that awful noise off at night, or I will call the police on you.
Write condolences to a colleague whose father has died.|gentle|I am so sorry to hear about your father. My thoughts are with you; take all the time you need.|Sorry about your father, but everybody dies some day. Please send the report when you are back.
Thank a teacher for a recommendation letter.|grateful|Thank you very much for your letter of recommendation. It means a lot to me that you took the time.|Got the letter. It could have been longer, but it will do for now.
Remind a friend to pay back twenty euros.|friendly|Hi Tom, could you send me the twenty euros when you have a moment? No rush, and thanks!|Tom, you owe me twenty euros. Pay up, or I tell everyone what you are like.
Tell an applicant that we chose somebody else.|kind|Thank you for your application and the pleasant talk. We chose another candidate this time and wish you all the best.|We took somebody better. Please do not apply here again.
Ask a professor for two more days for an essay.|respectful|Dear Professor Marsh, may I hand in my essay two days later? I was ill last week. Kind regards, Eva|I need two more days for the essay. Your deadline was unfair from the start.
Welcome a new colleague to the team.|warm|Welcome to the team, Nora! We are glad that you are here; just ask whenever something is unclear.|So you are the new one. Try not to break anything, the last one did.
Write to a hotel that I lost my scarf there.|polite|Hello, I think I left a blue scarf in room 12. Could you please have a look? Thank you for your help.|Somebody of your staff took my scarf. Send it back at once.
Congratulate a friend who passed her driving test.|glad|Congratulations on your driving test, Mia! You worked hard for it, have a safe ride.|You passed at last? The examiner must have been asleep.
Ask a stranger on the train to swap seats.|polite|Excuse me, would you mind swapping seats, so that I can sit with my daughter? That would be very kind.|Move over there, I want to sit here with my daughter.
Answer a customer who says that our app crashes.|helpful|Thank you for telling us, and sorry for the trouble. Which phone do you use? We will look into it right away.|It works for everybody else, so it must be you. Buy a better phone.
Write a get-well message to a friend in hospital.|warm|Dear Jan, get well soon! We all think of you, and I will come by on Sunday with your favourite cake.|Well, you never listen when one tells you to be careful. See you when you are out.
Tell a client that the price goes up by five percent.|polite|Dear Mr Ortiz, from May on our prices rise by five percent, as our costs have risen. Thank you for your understanding.|From May on you pay five percent more. If you don't like it, look for somebody else.
Ask my flatmate to clean the kitchen.|friendly|Hey Leo, could you do the kitchen tonight? I did it last week. Thanks a lot!|Leo, you live like a pig. Clean the kitchen, now.
Reply to an angry review of our restaurant.|calm|We are sorry that your evening was not what you hoped for. Please write to us, we would like to make it right.|People like you have no taste. Our other guests were happy, so please stay at home.
"""
    ),
    "zh": _rows(
        """
帮我写条消息告诉房东暖气坏了。|礼貌|王先生您好，暖气从昨天起不热了，麻烦您派人来看看，谢谢您。|你这破房子暖气又坏了，赶紧修，不然我不交房租。
给包裹晚到的顾客写一句道歉。|诚恳|非常抱歉让您久等了，运费已退还给您，我们一定改进。|包裹晚到很正常，反正您也收到了，请别再来问。
给奶奶写一句生日祝福。|温暖|奶奶，祝您生日快乐，身体健康，天天都开心！|奶奶，又老了一岁，这把年纪过一天算一天吧。
婉拒朋友的婚礼邀请。|客气|谢谢你的邀请，可惜那天我们在外地，祝你们新婚快乐！|我们不去，婚礼太无聊，又那么远。
向老板请星期五的假。|尊重|李经理您好，我想星期五请一天假，本周的工作星期四会做完，谢谢。|我星期五不来，少我一个你也能应付吧。
写张便条请邻居晚上把音乐关小一点。|友好|您好，晚上十点后能不能把音乐调小一点？我们要早起，非常感谢！|晚上别放那种噪音，再吵我就报警。
安慰父亲去世的同事。|体贴|听到你父亲的消息我很难过，请节哀，有什么需要尽管告诉我。|你父亲的事听说了，人都有一死，回来记得交报告。
感谢老师写推荐信。|感激|老师，谢谢您百忙之中为我写推荐信，我一定好好努力。|信收到了，短了点，凑合用吧。
提醒朋友还二十块钱。|友好|小张，方便的时候把那二十块转给我就行，不急，谢谢啦！|小张，你欠我二十块，再不还我就告诉大家你是什么人。
通知应聘者没有被录用。|委婉|感谢您来面试，这次我们选择了另一位候选人，祝您一切顺利。|我们要了更好的人，以后别再投了。
请教授把论文期限延长两天。|尊重|教授您好，上周我生病了，论文能否晚两天交？谢谢您。|论文我要晚两天交，你定的期限本来就不合理。
欢迎新同事。|热情|欢迎加入我们，小林！有不清楚的随时问，很高兴和你共事。|你就是新来的？别像上一个那样捅娄子。
问酒店有没有看到我落下的围巾。|礼貌|您好，我可能把一条蓝围巾落在12号房，能帮我看看吗？谢谢。|你们员工拿了我的围巾，马上寄回来。
祝贺朋友考过驾照。|高兴|恭喜你拿到驾照！你练得那么认真，祝一路平安。|终于过了？考官一定是睡着了。
请火车上的人换个座位。|礼貌|打扰一下，能和您换个座位吗？我想和女儿坐一起，非常感谢。|你坐那边去，我要和女儿坐这里。
回复说软件闪退的用户。|热心|谢谢您告诉我们，给您添麻烦了。请问您用的是什么手机？我们马上查。|别人都没事，肯定是你的问题，换个好手机吧。
写给住院朋友的问候。|温暖|祝你早日康复！大家都惦记你，星期天我带你爱吃的蛋糕来看你。|早叫你小心你不听，出院再见吧。
通知客户价格上涨百分之五。|客气|您好，由于成本上升，五月起价格上调百分之五，感谢您的理解。|五月起你要多付百分之五，不愿意就找别人。
请室友打扫厨房。|友好|小李，今晚你来打扫一下厨房好吗？上周是我打扫的，谢谢！|小李，你跟猪一样，马上打扫厨房。
回复一条愤怒的餐厅差评。|平和|很抱歉没能让您满意，请联系我们，我们希望能弥补。|你这种人没有品味，别的客人都满意，你还是在家吃吧。
"""
    ),
}
