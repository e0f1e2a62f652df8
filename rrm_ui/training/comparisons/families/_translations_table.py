"""Phrases in five languages, in groups of what is easily taken for each other."""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    """One meaning, as it is said in each language."""

    en: str
    zh: str
    es: str
    fr: str
    de: str


_LINES = """
good morning|早上好|buenos días|bonjour|guten Morgen
good luck|祝你好运|buena suerte|bonne chance|viel Glück
see you tomorrow|明天见|hasta mañana|à demain|bis morgen
goodbye|再见|adiós|au revoir|auf Wiedersehen
have a good trip|一路平安|buen viaje|bon voyage|gute Reise

I am hungry|我饿了|tengo hambre|j'ai faim|ich habe Hunger
I am thirsty|我渴了|tengo sed|j'ai soif|ich habe Durst
I am tired|我累了|estoy cansado|je suis fatigué|ich bin müde
I am ill|我生病了|estoy enfermo|je suis malade|ich bin krank
I am cold|我很冷|tengo frío|j'ai froid|mir ist kalt

the red house|红色的房子|la casa roja|la maison rouge|das rote Haus
the white house|白色的房子|la casa blanca|la maison blanche|das weiße Haus
the small house|小房子|la casa pequeña|la petite maison|das kleine Haus
the old house|旧房子|la casa vieja|la vieille maison|das alte Haus

Where is the station?|车站在哪里？|¿Dónde está la estación?|Où est la gare ?|Wo ist der Bahnhof?
Where is the hospital?|医院在哪里？|¿Dónde está el hospital?|Où est l'hôpital ?|Wo ist das Krankenhaus?
Where is the school?|学校在哪里？|¿Dónde está la escuela?|Où est l'école ?|Wo ist die Schule?
Where is the library?|图书馆在哪里？|¿Dónde está la biblioteca?|Où est la bibliothèque ?|Wo ist die Bibliothek?

How much does it cost?|这个多少钱？|¿Cuánto cuesta?|Combien ça coûte ?|Wie viel kostet das?
What time is it?|现在几点？|¿Qué hora es?|Quelle heure est-il ?|Wie spät ist es?
What is your name?|你叫什么名字？|¿Cómo te llamas?|Comment t'appelles-tu ?|Wie heißt du?
How old are you?|你多大了？|¿Cuántos años tienes?|Quel âge as-tu ?|Wie alt bist du?

the dog is sleeping|狗在睡觉|el perro duerme|le chien dort|der Hund schläft
the cat is sleeping|猫在睡觉|el gato duerme|le chat dort|die Katze schläft
the child is sleeping|孩子在睡觉|el niño duerme|l'enfant dort|das Kind schläft
the dog is eating|狗在吃东西|el perro come|le chien mange|der Hund frisst

I drink water|我喝水|bebo agua|je bois de l'eau|ich trinke Wasser
I drink milk|我喝牛奶|bebo leche|je bois du lait|ich trinke Milch
I drink coffee|我喝咖啡|bebo café|je bois du café|ich trinke Kaffee
I drink wine|我喝葡萄酒|bebo vino|je bois du vin|ich trinke Wein

Monday|星期一|lunes|lundi|Montag
Wednesday|星期三|miércoles|mercredi|Mittwoch
Friday|星期五|viernes|vendredi|Freitag
Sunday|星期日|domingo|dimanche|Sonntag

spring|春天|primavera|printemps|Frühling
summer|夏天|verano|été|Sommer
autumn|秋天|otoño|automne|Herbst

sugar|糖|azúcar|sucre|Zucker
cheese|奶酪|queso|fromage|Käse
bread|面包|pan|pain|Brot
egg|鸡蛋|huevo|œuf|Ei
salt|盐|sal|sel|Salz

teacher|老师|profesor|professeur|Lehrer
doctor|医生|médico|médecin|Arzt
farmer|农民|agricultor|agriculteur|Bauer
baker|面包师|panadero|boulanger|Bäcker

my brother|我的哥哥|mi hermano|mon frère|mein Bruder
my sister|我的姐姐|mi hermana|ma sœur|meine Schwester
my mother|我的妈妈|mi madre|ma mère|meine Mutter
my father|我的爸爸|mi padre|mon père|mein Vater

the window is open|窗户开着|la ventana está abierta|la fenêtre est ouverte|das Fenster ist offen
the door is open|门开着|la puerta está abierta|la porte est ouverte|die Tür ist offen
the door is closed|门关着|la puerta está cerrada|la porte est fermée|die Tür ist geschlossen
the window is closed|窗户关着|la ventana está cerrada|la fenêtre est fermée|das Fenster ist geschlossen

it is raining today|今天下雨|hoy llueve|il pleut aujourd'hui|heute regnet es
it is snowing today|今天下雪|hoy nieva|il neige aujourd'hui|heute schneit es
it is hot today|今天很热|hoy hace calor|il fait chaud aujourd'hui|heute ist es heiß
it is cold today|今天很冷|hoy hace frío|il fait froid aujourd'hui|heute ist es kalt

outside|外面|fuera|dehors|draußen
inside|里面|dentro|dedans|drinnen
above|上面|arriba|en haut|oben
below|下面|abajo|en bas|unten

I read a book|我读一本书|leo un libro|je lis un livre|ich lese ein Buch
I write a letter|我写一封信|escribo una carta|j'écris une lettre|ich schreibe einen Brief
I buy a newspaper|我买一份报纸|compro un periódico|j'achète un journal|ich kaufe eine Zeitung
I sell my car|我卖掉我的车|vendo mi coche|je vends ma voiture|ich verkaufe mein Auto

bird|鸟|pájaro|oiseau|Vogel
fish|鱼|pez|poisson|Fisch
horse|马|caballo|cheval|Pferd
cow|母牛|vaca|vache|Kuh
"""
GROUPS: tuple[tuple[Phrase, ...], ...] = tuple(
    tuple(Phrase(*line.split("|")) for line in group.splitlines()) for group in _LINES.strip().split("\n\n")
)
PHRASES: tuple[Phrase, ...] = tuple(phrase for group in GROUPS for phrase in group)
