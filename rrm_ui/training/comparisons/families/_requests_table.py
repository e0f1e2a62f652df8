# ruff: noqa: E501 - a row a line reads better
"""Everyday requests with a good response each, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from rrm_ui.training.comparisons.draft import Language


@dataclass(frozen=True)
class Request:
    """A request, what it is about in a few words, and a good response in whole sentences."""

    query: str
    topic: str
    response: tuple[str, ...]

    def text(self, language: Language) -> str:
        """Return the response as one text."""
        return (" " if language == "en" else "").join(self.response)


_ENGLISH = (
    Request("How do I boil an egg so that the yolk stays soft?", "boiling a soft egg", ("Lower the egg into boiling water and cook it for six minutes.", "Then put it in cold water for a minute so that it stops cooking.")),
    Request("Explain in simple words why the sky is blue.", "why the sky is blue", ("Sunlight holds all colours.", "Air scatters blue light far more than red light, so blue reaches our eyes from every side.")),
    Request("Write a short birthday message for my grandmother.", "a birthday message for a grandmother", ("Happy birthday, dear Grandma!", "Thank you for your warmth, your stories and your patience.", "We love you very much.")),
    Request("What should I pack for a weekend at the beach?", "packing for the beach", ("Take a swimsuit, a towel, sunscreen and a hat.", "Add a light jacket for the evening and a bottle of water.")),
    Request("How can I fall asleep faster at night?", "falling asleep", ("Keep the room dark and cool, and put your phone away an hour before bed.", "Go to bed at the same time every day.", "Avoid coffee after lunch.")),
    Request("How do I remove a red wine stain from a carpet?", "removing a wine stain", ("Blot the stain with a clean cloth; do not rub.", "Pour on some cold water and blot again.", "Then sprinkle baking soda, let it dry, and vacuum.")),
    Request("What is the difference between a virus and a bacterium?", "viruses and bacteria", ("A bacterium is a living cell that can multiply on its own.", "A virus is much smaller and can only multiply inside a cell.", "Antibiotics work against bacteria, not against viruses.")),
    Request("Suggest a name for a small bakery.", "a name for a bakery", ("How about The Golden Crust?", "It sounds warm and says at once that you bake.")),
    Request("How do I reverse a list in Python?", "reversing a Python list", ("Use `items.reverse()` to reverse it in place.", "If you need a new list, write `items[::-1]`.")),
    Request("Why do leaves turn yellow in autumn?", "leaves in autumn", ("In autumn trees stop making green chlorophyll.", "The yellow pigments that were there all along can then be seen.")),
    Request("How can I save money on groceries?", "saving on groceries", ("Plan your meals for the week and write a list.", "Buy what is in season and compare the price per kilo.", "Never shop when you are hungry.")),
    Request("Write an email asking my boss for a day off on Friday.", "asking for a day off", ("Dear Ms Chen, I would like to take this Friday off for a family matter.", "My tasks for the week will be finished by Thursday.", "Kind regards, Alex")),
    Request("What is a good way to learn new vocabulary?", "learning vocabulary", ("Study ten words a day with flashcards.", "Repeat them after one day, three days and a week.", "Use each word in a sentence of your own.")),
    Request("How do I change a flat bicycle tire?", "changing a bicycle tire", ("Take the wheel off and lift the tire over the rim with tire levers.", "Replace the inner tube, push the tire back, and pump it up.")),
    Request("What does a mortgage mean?", "mortgages", ("A mortgage is a loan for buying a home.", "The home is the security: if you stop paying, the bank may sell it.")),
    Request("How long should I cook rice?", "cooking rice", ("Bring one cup of rice and two cups of water to the boil.", "Cover it, turn the heat down and let it cook for about fifteen minutes.")),
    Request("Give me a tip for speaking in front of an audience.", "public speaking", ("Practise your first two sentences until you know them by heart.", "A sure start calms you down, and the rest follows.")),
    Request("How do I keep houseplants alive while I am on holiday?", "plants during a holiday", ("Water them well before you leave and move them out of the sun.", "For more than a week, ask a neighbour or use a bottle that drips slowly.")),
    Request("Why is exercise good for the heart?", "exercise and the heart", ("Exercise makes the heart muscle stronger, so it pumps more blood with each beat.", "It also lowers blood pressure.")),
    Request("What is a simple recipe for pancakes?", "a pancake recipe", ("Whisk 200 g of flour, two eggs and 300 ml of milk.", "Fry thin layers in butter for about a minute on each side.")),
    Request("How can I be more productive in the morning?", "productive mornings", ("Decide the evening before what your most important task is.", "Start with it before you open your email.")),
    Request("Can you explain what a database index does?", "database indexes", ("An index is a sorted copy of a column that points to the rows.", "The database can find a value in it quickly instead of reading the whole table.", "It makes writing a little slower.")),
    Request("How do I tell a friend that I can't come to her wedding?", "missing a friend's wedding", ("Call her soon and be honest about the reason.", "Say how sorry you are, and offer to celebrate together another day.")),
    Request("What are the benefits of reading every day?", "reading every day", ("Reading widens your vocabulary and trains your concentration.", "It also calms you down, especially in the evening.")),
    Request("How do I clean a computer keyboard?", "cleaning a keyboard", ("Switch the computer off and turn the keyboard upside down to shake out crumbs.", "Wipe the keys with a cloth that is slightly damp with alcohol.")),
    Request("How does a vaccine work?", "how vaccines work", ("A vaccine shows the immune system a harmless part of a germ.", "The body remembers it and can fight the real germ quickly later.")),
    Request("Plan a cheap day out with two children.", "a day out with children", ("Go to the park in the morning and bring a picnic.", "In the afternoon visit the public library; its children's corner is free.")),
    Request("What is the best way to apologise to a colleague?", "apologising to a colleague", ("Say clearly what you did wrong, without excuses.", "Then say what you will do differently, and give your colleague time.")),
    Request("How do I start running as a beginner?", "starting to run", ("Run for one minute and walk for two, ten times, three days a week.", "Lengthen the running a little every week.")),
    Request("What causes the tides?", "the tides", ("The Moon's gravity pulls the sea towards it.", "As the Earth turns, each coast passes through the high water about twice a day.")),
    Request("How do I write a good CV?", "writing a CV", ("Keep it to one page and put the newest job first.", "Name results with numbers, and fit it to the job you apply for.")),
    Request("What can I cook with potatoes and eggs?", "a dish of potatoes and eggs", ("Make a Spanish omelette.", "Fry thin slices of potato gently, pour four beaten eggs over them, and turn it once.")),
    Request("How do I stop my glasses from fogging up?", "glasses that fog up", ("Wash them with soapy water and let them dry in the air.", "The thin film that stays keeps the fog away.")),
    Request("Why do we have leap years?", "leap years", ("The Earth needs about 365 and a quarter days for one trip round the Sun.", "Every four years the quarters add up to one day, and we add it to February.")),
    Request("How do I calm a crying baby?", "calming a baby", ("Check first for hunger, a wet nappy or tiredness.", "Then hold the baby close and rock it gently; a soft, even sound helps.")),
    Request("What is machine learning?", "machine learning", ("Machine learning means that a program finds rules in examples instead of being given them.", "After seeing many photos of cats, for instance, it can recognise a new one.")),
    Request("How often should I water a cactus?", "watering a cactus", ("Water it about every two weeks in summer and once a month in winter.", "The soil should be dry before you water it again.")),
    Request("Recommend a hobby for rainy days.", "a hobby for rainy days", ("Try origami: all you need is paper.", "Start with a crane; there are clear video lessons for it.")),
    Request("How do I save a file in Vim and quit?", "saving and quitting in Vim", ("Press Escape, type `:wq` and press Enter.",)),
    Request("What should I do if I get lost in a forest?", "being lost in a forest", ("Stop and stay calm.", "Call for help if you have a signal, and stay in one place where you can be seen.")),
)  # fmt: skip

_CHINESE = (
    Request("怎样煮出蛋黄软嫩的鸡蛋？", "煮溏心蛋", ("水烧开后放入鸡蛋，煮六分钟。", "然后放进冷水里一分钟，让它停止变熟。")),
    Request("用简单的话解释天空为什么是蓝色的。", "天空为什么蓝", ("阳光里有各种颜色。", "空气散射蓝光比红光多得多，所以蓝光从四面八方进入我们的眼睛。")),
    Request("帮我给奶奶写一段生日祝福。", "给奶奶的生日祝福", ("亲爱的奶奶，生日快乐！", "谢谢您一直以来的疼爱和耐心。", "祝您身体健康，天天开心。")),
    Request("周末去海边要带什么？", "去海边带的东西", ("带上泳衣、毛巾、防晒霜和帽子。", "再加一件薄外套和一瓶水。")),
    Request("晚上怎样能更快入睡？", "快速入睡", ("让房间保持黑暗和凉爽，睡前一小时放下手机。", "每天在同一时间上床。", "午饭后不要喝咖啡。")),
    Request("衣服上的油渍怎么洗掉？", "洗掉油渍", ("先在油渍上滴几滴洗洁精，轻轻揉搓。", "放置十分钟后再用温水清洗。")),
    Request("病毒和细菌有什么区别？", "病毒和细菌的区别", ("细菌是能独立繁殖的活细胞。", "病毒小得多，只能在细胞里繁殖。", "抗生素对细菌有效，对病毒无效。")),
    Request("给一家小面包店起个名字。", "面包店的名字", ("可以叫“麦香小屋”。", "听起来温暖，一听就知道是卖面包的。")),
    Request("Python里怎么反转一个列表？", "反转Python列表", ("用`items.reverse()`可以原地反转。", "如果需要新列表，就写`items[::-1]`。")),
    Request("秋天树叶为什么会变黄？", "秋天的树叶", ("秋天树木不再制造绿色的叶绿素。", "原来就有的黄色色素就显露出来了。")),
    Request("怎样在买菜时省钱？", "买菜省钱", ("先计划一周的菜单，列好清单。", "买应季的蔬菜，比较每斤的价格。", "不要饿着肚子去买菜。")),
    Request("帮我写一封邮件，向老板请星期五的假。", "请假邮件", ("王经理您好，我因家里有事，想在本周五请假一天。", "本周的工作我会在周四前完成。", "谢谢您！小李")),
    Request("怎样记单词效果好？", "记单词", ("每天用卡片学十个单词。", "一天、三天和一周后各复习一次。", "每个词自己造一个句子。")),
    Request("自行车胎破了怎么换？", "换自行车胎", ("先拆下车轮，用撬胎棒把外胎撬下来。", "换上新的内胎，把外胎装回去，再打气。")),
    Request("什么是房贷？", "房贷", ("房贷是为买房向银行借的贷款。", "房子是抵押物：如果不还款，银行可以把它卖掉。")),
    Request("米饭要煮多久？", "煮米饭", ("一杯米加一杯多水，烧开。", "然后盖上盖子，小火煮十五分钟左右，再焖五分钟。")),
    Request("上台演讲紧张怎么办？", "演讲紧张", ("把开头两句话练到能背下来。", "开头顺利了，后面就不那么紧张了。")),
    Request("出门度假时怎么照顾家里的植物？", "度假时照顾植物", ("出发前浇透水，把它们移到没有阳光直射的地方。", "超过一周的话，请邻居帮忙，或者用滴水瓶。")),
    Request("运动为什么对心脏好？", "运动与心脏", ("运动让心肌更强，每次跳动能泵出更多血。", "它还能降低血压。")),
    Request("番茄炒蛋怎么做？", "番茄炒蛋的做法", ("先把鸡蛋打散炒熟盛出来。", "再炒番茄，出汁后加盐和一点糖，把鸡蛋倒回去翻匀。")),
    Request("怎样让早上更有效率？", "高效的早晨", ("前一天晚上就决定最重要的任务是什么。", "早上先做它，再看邮件。")),
    Request("数据库索引有什么用？", "数据库索引", ("索引是某一列的有序副本，指向对应的行。", "数据库用它能很快找到数据，不用读整张表。", "代价是写入会慢一点。")),
    Request("怎样告诉朋友我不能参加她的婚礼？", "不能参加婚礼", ("尽早给她打电话，如实说明原因。", "表达歉意，并提议改天一起庆祝。")),
    Request("每天读书有什么好处？", "每天读书的好处", ("读书能扩大词汇量，锻炼专注力。", "晚上读书还能让人平静下来。")),
    Request("键盘脏了怎么清洁？", "清洁键盘", ("先关机，把键盘倒过来抖掉碎屑。", "再用蘸了少许酒精的布擦按键。")),
    Request("疫苗是怎么起作用的？", "疫苗的原理", ("疫苗让免疫系统认识病菌的一个无害部分。", "身体记住它，以后遇到真正的病菌就能很快对抗。")),
    Request("帮我安排一个带两个孩子的省钱的一天。", "带孩子的一天", ("上午去公园野餐。", "下午去公共图书馆，儿童区是免费的。")),
    Request("怎样向同事道歉比较好？", "向同事道歉", ("清楚地说出自己哪里做错了，不找借口。", "再说以后会怎么改，并给对方一点时间。")),
    Request("新手怎样开始跑步？", "开始跑步", ("跑一分钟走两分钟，重复十次，每周三天。", "每周慢慢延长跑的时间。")),
    Request("潮汐是怎么形成的？", "潮汐的成因", ("月球的引力把海水拉向它。", "地球自转时，每个海岸一天大约经过两次高潮。")),
    Request("怎样写好一份简历？", "写简历", ("控制在一页，最近的工作写在前面。", "用数字说明成果，并针对申请的职位修改。")),
    Request("土豆和鸡蛋可以做什么菜？", "土豆鸡蛋的菜", ("可以做土豆鸡蛋饼。", "土豆切丝，拌入三个鸡蛋和盐，两面煎黄就好。")),
    Request("眼镜起雾怎么办？", "眼镜起雾", ("用肥皂水洗一下镜片，自然晾干。", "留下的薄膜能防止起雾。")),
    Request("为什么会有闰年？", "闰年的原因", ("地球绕太阳一圈约需三百六十五又四分之一天。", "每四年多出的部分凑成一天，加在二月。")),
    Request("宝宝哭了怎么哄？", "哄宝宝", ("先看看是不是饿了、尿布湿了或者困了。", "然后抱紧轻轻摇，发出柔和均匀的声音也有帮助。")),
    Request("什么是机器学习？", "机器学习", ("机器学习是让程序从例子里找出规律，而不是由人写好规则。", "比如看过很多猫的照片后，它就能认出新的猫。")),
    Request("仙人掌多久浇一次水？", "给仙人掌浇水", ("夏天大约两周一次，冬天一个月一次。", "要等土干了再浇。")),
    Request("推荐一个下雨天的爱好。", "下雨天的爱好", ("可以试试折纸，只需要几张纸。", "从千纸鹤开始，网上有清楚的教程。")),
    Request("在Vim里怎么保存并退出？", "Vim保存退出", ("按Esc，输入`:wq`，再按回车。",)),
    Request("在森林里迷路了怎么办？", "森林迷路", ("先停下来，保持冷静。", "有信号就打电话求救，并留在容易被看到的地方。")),
)  # fmt: skip

REQUESTS: dict[Language, tuple[Request, ...]] = {"en": _ENGLISH, "zh": _CHINESE}
