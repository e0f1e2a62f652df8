# ruff: noqa: E501 - a sentence a line reads better
"""Short everyday sentences in five languages: English, Chinese, French, Spanish, German."""

from __future__ import annotations

LANGUAGE_NAMES: dict[str, dict[str, str]] = {
    "en": {"en": "English", "zh": "Chinese", "fr": "French", "es": "Spanish", "de": "German"},
    "zh": {"en": "英语", "zh": "中文", "fr": "法语", "es": "西班牙语", "de": "德语"},
}

# fmt: off
SENTENCES: tuple[dict[str, str], ...] = tuple(
    dict(zip(("en", "zh", "fr", "es", "de"), row, strict=True))
    for row in (
        ("Good morning.", "早上好。", "Bonjour.", "Buenos días.", "Guten Morgen."),
        ("Thank you very much.", "非常感谢。", "Merci beaucoup.", "Muchas gracias.", "Vielen Dank."),
        ("Where is the station?", "车站在哪里？", "Où est la gare ?", "¿Dónde está la estación?", "Wo ist der Bahnhof?"),
        ("I am hungry.", "我饿了。", "J'ai faim.", "Tengo hambre.", "Ich habe Hunger."),
        ("The cat is sleeping.", "猫在睡觉。", "Le chat dort.", "El gato duerme.", "Die Katze schläft."),
        ("My name is Anna.", "我叫安娜。", "Je m'appelle Anna.", "Me llamo Anna.", "Ich heiße Anna."),
        ("It is raining today.", "今天下雨。", "Il pleut aujourd'hui.", "Hoy llueve.", "Heute regnet es."),
        ("How much does it cost?", "这个多少钱？", "Combien ça coûte ?", "¿Cuánto cuesta?", "Wie viel kostet das?"),
        ("I drink a glass of water.", "我喝一杯水。", "Je bois un verre d'eau.", "Bebo un vaso de agua.", "Ich trinke ein Glas Wasser."),
        ("See you tomorrow.", "明天见。", "À demain.", "Hasta mañana.", "Bis morgen."),
        ("The book is on the table.", "书在桌子上。", "Le livre est sur la table.", "El libro está en la mesa.", "Das Buch liegt auf dem Tisch."),
        ("I love you.", "我爱你。", "Je t'aime.", "Te quiero.", "Ich liebe dich."),
        ("What time is it?", "现在几点？", "Quelle heure est-il ?", "¿Qué hora es?", "Wie spät ist es?"),
        ("The house is big.", "房子很大。", "La maison est grande.", "La casa es grande.", "Das Haus ist groß."),
        ("I live in London.", "我住在伦敦。", "J'habite à Londres.", "Vivo en Londres.", "Ich wohne in London."),
        ("Happy birthday!", "生日快乐！", "Joyeux anniversaire !", "¡Feliz cumpleaños!", "Alles Gute zum Geburtstag!"),
        ("We are going to school.", "我们去上学。", "Nous allons à l'école.", "Vamos a la escuela.", "Wir gehen in die Schule."),
        ("The soup is hot.", "汤很烫。", "La soupe est chaude.", "La sopa está caliente.", "Die Suppe ist heiß."),
        ("I do not understand.", "我不明白。", "Je ne comprends pas.", "No entiendo.", "Ich verstehe nicht."),
        ("She is my sister.", "她是我姐姐。", "C'est ma sœur.", "Ella es mi hermana.", "Sie ist meine Schwester."),
        ("The train is late.", "火车晚点了。", "Le train est en retard.", "El tren llega tarde.", "Der Zug hat Verspätung."),
        ("Can you help me?", "你能帮我吗？", "Peux-tu m'aider ?", "¿Puedes ayudarme?", "Kannst du mir helfen?"),
        ("I have two children.", "我有两个孩子。", "J'ai deux enfants.", "Tengo dos hijos.", "Ich habe zwei Kinder."),
        ("The sky is blue.", "天空是蓝色的。", "Le ciel est bleu.", "El cielo es azul.", "Der Himmel ist blau."),
        ("Good night.", "晚安。", "Bonne nuit.", "Buenas noches.", "Gute Nacht."),
        ("I am tired.", "我累了。", "Je suis fatigué.", "Estoy cansado.", "Ich bin müde."),
        ("The door is open.", "门开着。", "La porte est ouverte.", "La puerta está abierta.", "Die Tür ist offen."),
        ("He works in a hospital.", "他在医院工作。", "Il travaille dans un hôpital.", "Trabaja en un hospital.", "Er arbeitet in einem Krankenhaus."),
        ("I like music.", "我喜欢音乐。", "J'aime la musique.", "Me gusta la música.", "Ich mag Musik."),
        ("The coffee is too strong.", "咖啡太浓了。", "Le café est trop fort.", "El café está demasiado fuerte.", "Der Kaffee ist zu stark."),
        ("Please close the window.", "请关上窗户。", "Ferme la fenêtre, s'il te plaît.", "Cierra la ventana, por favor.", "Bitte mach das Fenster zu."),
        ("I bought a new bicycle.", "我买了一辆新自行车。", "J'ai acheté un nouveau vélo.", "He comprado una bicicleta nueva.", "Ich habe ein neues Fahrrad gekauft."),
    )
)
# fmt: on
