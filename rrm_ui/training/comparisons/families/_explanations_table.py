# ruff: noqa: E501 - a row a line reads better
"""Questions that ask why or what it means, each with a right and a wrong explanation of about the same length."""

from __future__ import annotations

from typing import NamedTuple

from rrm_ui.training.comparisons.draft import Language
from rrm_ui.training.comparisons.families._table import rows_of


class Explanation(NamedTuple):
    """A question and its two explanations; ``key`` is what the right one must say."""

    query: str
    key: str
    right: str
    wrong: str


EXPLANATIONS: dict[Language, tuple[Explanation, ...]] = {
    "en": rows_of(
        Explanation,
        """
Why is the sky blue?|air scatters blue light most|Air scatters the blue part of sunlight far more than the red part, so blue reaches us from all directions.|The sky mirrors the blue of the oceans, which cover most of the Earth, so it looks blue from everywhere.
Why do we have seasons?|the Earth's axis is tilted|The Earth's axis is tilted, so in summer our half leans towards the Sun and gets more light.|The Earth is closer to the Sun in summer and farther away in winter, so it gets warmer and colder.
Why does ice float on water?|ice is less dense than water|Water expands when it freezes, so ice is less dense than water and floats.|Water shrinks when it freezes, so ice is heavier than water and the current carries it.
Why do leaves turn yellow in autumn?|the green chlorophyll breaks down|Trees break down the green chlorophyll, and the yellow colours that were there all along show.|The cold paints the leaves: frost on their skin reflects the yellow light of the low sun.
Why does bread rise?|yeast makes gas|Yeast eats the sugar in the dough and gives off gas, whose bubbles lift it.|The flour melts in the oven and swells, because it takes in air from the outside.
Why do we see lightning before we hear thunder?|light is faster than sound|Light travels much faster than sound, so the flash arrives first.|Thunder starts later, when the clouds that the flash has parted hit each other.
What causes the tides?|the Moon's gravity|Mostly the gravity of the Moon, which pulls at the water as the Earth turns.|Mostly the wind, which pushes the water to the shore in the morning and back at night.
Why do we sweat when it is hot?|evaporating sweat cools|Sweat takes heat from the skin as it evaporates, which cools the body.|The body has too much water in summer and gets rid of it through the skin.
Why does a metal spoon feel colder than a wooden one?|metal conducts heat away|Metal conducts heat away from the hand quickly, though both have the same temperature.|Metal is always a few degrees colder than the air around it, while wood keeps the warmth of the tree.
What does "to kick the bucket" mean?|to die|To die: it is a casual way of saying it.|It means to do the cleaning in anger and to make a mess of it.
What does "to spill the beans" mean?|to give away a secret|It means to give away a secret that should have been kept.|It means to waste food by being careless in the kitchen.
What does "once in a blue moon" mean?|very rarely|It means very rarely, hardly ever.|It means every month, whenever the moon is full.
What does "to be on the fence" mean?|not to have decided|It means that somebody has not decided between two sides yet.|It means that somebody keeps watch over a house or a garden.
Why do cats purr?|often when content|Often because they are content, but also to calm themselves when they are hurt.|Because they have trouble breathing through their nose, which only happens when they are ill.
Why do we put salt on icy roads?|salt lowers the freezing point|Salt lowers the freezing point of water, so the ice melts even below zero.|Salt is warm by nature, and the heat inside of it melts the ice.
Why can't we breathe under water?|lungs cannot take oxygen out of water|Our lungs cannot take enough oxygen out of water; fish have gills for that.|There is no oxygen at all in water; fish hold their breath and come up at night.
What is inflation?|prices rise in general|Prices rise in general, so the same money buys less than before.|Prices fall in general, so the same money buys more than before.
What does a vaccine do?|it trains the immune system|It trains the immune system to know a germ before you meet it.|It kills every germ in the blood and keeps the skin closed to new ones.
Why does the Sun rise in the east?|the Earth turns towards the east|Because the Earth turns from west to east.|Because the Sun goes around the Earth once a day.
Why do stars twinkle?|the air bends their light|Moving air bends their light now this way, now that way.|They burn like candles, and the wind in space makes them flicker.
What is photosynthesis?|plants make sugar from light, water and carbon dioxide|Plants use light to make sugar from water and carbon dioxide, and give off oxygen.|Plants take their sugar ready-made out of the soil, and light only warms them.
Why do onions make us cry?|a gas from the cut onion stings|Cutting them sets a gas free that stings the eyes.|Their smell reminds the brain of sad things.
What is the difference between weather and climate?|weather is now, climate is the average of years|Weather is what happens today, climate is the average over many years.|Climate is what happens in one week, weather the average over many years.
Why does the Moon always show us the same side?|it turns once in each of its rounds|It turns once around itself in each of its rounds about the Earth.|It does not turn at all, as it is frozen through.
Why does milk go sour?|bacteria turn its sugar into acid|Bacteria turn its sugar into acid.|The sugar in it rises into the air and leaves the acid behind.
What is a leap year for?|the year is about a quarter of a day longer than 365 days|A year takes about a quarter of a day more than 365 days, so nearly every fourth year gets an extra day.|The Moon is late by a day every four years, so that February has to wait for it.
Why do planes fly?|the wings push air down and are lifted|Their wings push air down, and the air pushes them up.|Their engines make them lighter than the air around them.
Why does a compass point north?|the Earth is a magnet|The Earth is itself a magnet, and the needle lines up with it.|The needle is heavier on one side, and the north is the lowest point.
What does a fever do?|the body raises its temperature against germs|The body raises its temperature to fight germs.|The germs heat up the body to feed on it.
Why do we need sleep?|brain and body recover|Brain and body recover, and memories settle.|The heart stops for the night to save strength.
""",
    ),
    "zh": rows_of(
        Explanation,
        """
天空为什么是蓝色的？|空气最容易散射蓝光|空气对阳光中蓝光的散射比红光强得多，所以蓝光从四面八方照过来。|天空映出了海洋的蓝色，地球大部分是海洋，所以到处看都是蓝的。
为什么会有四季？|地轴是倾斜的|因为地轴倾斜，夏天我们这半球朝向太阳，得到的光更多。|因为夏天地球离太阳近，冬天离太阳远，所以有冷有热。
冰为什么会浮在水上？|冰的密度比水小|水结冰时体积变大，密度比水小，所以浮起来。|水结冰时体积变小，比水更重，是水流把它托起来的。
秋天树叶为什么变黄？|叶绿素分解了|叶绿素分解了，叶子里本来就有的黄色就显出来。|天冷把叶子染黄了，霜反射出太阳的黄光。
为什么先看见闪电后听到雷声？|光比声音快|光比声音快得多，所以先到。|打雷更晚发生，要等云重新撞到一起。
潮汐是怎么形成的？|月球的引力|主要是月球的引力拉动海水。|主要是风早上把海水吹来，晚上又吹回去。
天热时人为什么出汗？|汗蒸发带走热量|汗水蒸发会带走热量，让身体凉下来。|夏天身体里的水太多，要从皮肤排掉。
为什么用酵母做的面包会发起来？|酵母产生气体|酵母吃掉面团里的糖，放出气体，把面团撑大。|面粉在烤箱里熔化，从外面吸进空气而变大。
“守株待兔”是什么意思？|不努力，只想靠运气|比喻自己不努力，只指望靠运气得到好处。|比喻做事有耐心，爱护小动物。
“亡羊补牢”是什么意思？|出了问题及时补救|比喻出了问题以后及时补救，还不算晚。|比喻丢了东西以后到处找别人赔偿。
“对牛弹琴”是什么意思？|说话不看对象|比喻说话不看对象，对方根本听不懂。|比喻用音乐让动物心情变好，长得更快。
“井底之蛙”是什么意思？|见识短浅|比喻见识短浅却自以为了不起的人。|比喻安静地住在乡下、生活幸福的人。
“掩耳盗铃”是什么意思？|自己骗自己|比喻自己骗自己，以为别人也不知道。|比喻小偷的技术非常高明，谁也发现不了。
“半途而废”是什么意思？|没做完就放弃|指事情没有做完就放弃了。|指走到一半时换一条更近的路。
“一举两得”是什么意思？|做一件事得到两个好处|做一件事，得到两方面的好处。|做两件事，只得到一方面的好处。
猫为什么会打呼噜？|多半因为舒服|多半因为觉得舒服，受伤时也用来安慰自己。|因为鼻子不通气，只有生病时才会这样。
冬天为什么往路上撒盐？|盐降低冰点|盐能降低水的冰点，零度以下冰也会化。|盐本身是热的，里面的热量把冰烤化了。
人为什么不能在水里呼吸？|肺不能从水里取氧|人的肺不能从水里得到足够的氧气，鱼靠鳃才行。|水里完全没有氧气，鱼是憋着气的。
什么是通货膨胀？|物价普遍上涨|物价普遍上涨，同样的钱能买到的东西变少。|物价普遍下降，同样的钱能买到的东西变多。
疫苗有什么作用？|让免疫系统先认识病菌|让免疫系统先认识病菌，以后遇到就能抵抗。|把血液里的病菌全部杀死，让皮肤不再透气。
太阳为什么从东方升起？|地球自西向东转|因为地球自西向东自转。|因为太阳每天绕地球转一圈。
星星为什么会眨眼？|空气让光线弯来弯去|流动的空气让星光一会儿偏这边，一会儿偏那边。|星星像蜡烛一样燃烧，太空里的风吹得它闪动。
什么是光合作用？|植物用光把水和二氧化碳变成糖|植物利用光，把水和二氧化碳变成糖，放出氧气。|植物的糖都从土里吸来，光只是给它取暖。
切洋葱为什么会流泪？|放出刺激眼睛的气体|切开时放出一种刺激眼睛的气体。|它的气味让大脑想起伤心的事。
天气和气候有什么不同？|天气是眼前的，气候是多年的平均|天气是眼前的情况，气候是多年的平均。|气候是一周的情况，天气是多年的平均。
牛奶为什么会变酸？|细菌把糖变成酸|细菌把其中的糖变成了酸。|里面的糖飞到空气里，只剩下酸。
为什么要有闰年？|一年比365天多约四分之一天|一年比365天多约四分之一天，所以每四年多加一天。|月亮每四年会晚一天，二月要等它。
指南针为什么指向北方？|地球本身是磁体|地球本身是一个大磁体，磁针顺着它的方向。|磁针一头比较重，而北方地势最低。
人为什么会发烧？|身体升温来对付病菌|身体升高温度来对付病菌。|病菌把身体加热好吃掉它。
人为什么要睡觉？|大脑和身体要恢复|大脑和身体需要恢复，记忆也要整理。|心脏夜里要停下来，节省力气。
""",
    ),
}
