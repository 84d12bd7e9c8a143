# task: *
import re

def page(url):
    if 'not found' in (text := click_url(url)):
        text = click_url(url.replace('_', '-'))
    while 'Reached the bottom' not in (more := scroll_down()):
        text += more
    return text

def links(url):
    return re.findall(r"Clickable '([^']+)'", page(url))

def person(wanted):
    for team in links('/team'):
        for url in links(team):
            if wanted in (text := page(url)):
                return text

def price(name):
    for kind in links('/products'):
        if kind.split('/')[-1] in (path := name.lower().replace(' ', '_')):
            for url in links(kind):
                if url.endswith('/' + path):
                    return float(re.search(r'Price: [$]([\d.]+)', page(url))[1])

def field(text, name):
    return re.search(f'^{name}: (.*)$', text, re.M)[1]

# task: web_browsing/price_of_legendary_wand
final_answer(price('Legendary Wand'))

# task: web_browsing/price_of_legendary_potion
final_answer(price('Legendary Potion'))

# task: web_browsing/price_of_legendary_spellbook
final_answer(price('Legendary Spellbook'))

# task: web_browsing/price_of_legendary_crystal_ball
final_answer(price('Legendary Crystal Ball'))

# task: web_browsing/email_of_allison_hill
final_answer(field(person('Allison Hill'), 'Email'))

# task: web_browsing/email_of_meredith_barnes
final_answer(field(person('Meredith Barnes'), 'Email'))

# task: web_browsing/email_of_kimberly_dudley
final_answer(field(person('Kimberly Dudley'), 'Email'))

# task: web_browsing/email_of_henry_santiago
final_answer(field(person('Henry Santiago'), 'Email'))

# task: web_browsing/department_of_allison_hill
final_answer(re.search(r' of (.*) Department', person('Allison Hill'))[1])

# task: web_browsing/department_of_meredith_barnes
final_answer(re.search(r' of (.*) Department', person('Meredith Barnes'))[1])

# task: web_browsing/department_of_kimberly_dudley
final_answer(re.search(r' of (.*) Department', person('Kimberly Dudley'))[1])

# task: web_browsing/department_of_henry_santiago
final_answer(re.search(r' of (.*) Department', person('Henry Santiago'))[1])

# task: web_browsing/phone_number_of_allison_hill
final_answer(field(person('Allison Hill'), 'Phone'))

# task: web_browsing/phone_number_of_meredith_barnes
final_answer(field(person('Meredith Barnes'), 'Phone'))

# task: web_browsing/phone_number_of_kimberly_dudley
final_answer(field(person('Kimberly Dudley'), 'Phone'))

# task: web_browsing/phone_number_of_henry_santiago
final_answer(field(person('Henry Santiago'), 'Phone'))

# task: web_browsing/expertise_of_allison_hill
final_answer(field(person('Allison Hill'), 'Expertise'))

# task: web_browsing/expertise_of_meredith_barnes
final_answer(field(person('Meredith Barnes'), 'Expertise'))

# task: web_browsing/expertise_of_kimberly_dudley
final_answer(field(person('Kimberly Dudley'), 'Expertise'))

# task: web_browsing/expertise_of_henry_santiago
final_answer(field(person('Henry Santiago'), 'Expertise'))

# task: web_browsing/total_price_of_selected_items_0
final_answer(sum(price(each) for each in ['Legendary Wand', 'Enchanted Potion', 'Magical Spellbook']))

# task: web_browsing/total_price_of_selected_items_1
final_answer(sum(price(each) for each in ['Mystical Crystal Ball', 'Rare Crystal Ball', 'Magical Spellbook']))

# task: web_browsing/total_price_of_selected_items_2
final_answer(sum(price(each) for each in ['Ancient Wand', 'Mystical Wand', 'Enchanted Potion']))

# task: web_browsing/total_price_of_selected_items_3
final_answer(sum(price(each) for each in ['Mystical Crystal Ball', 'Rare Crystal Ball', 'Magical Spellbook', 'Mystical Potion']))

# task: web_browsing/total_price_of_selected_items_after_discount_0
final_answer(sum(price(each) for each in ['Legendary Wand', 'Enchanted Potion', 'Magical Spellbook']) * 0.9)

# task: web_browsing/total_price_of_selected_items_after_discount_1
final_answer(sum(price(each) for each in ['Mystical Crystal Ball', 'Magical Spellbook']) * 0.9)

# task: web_browsing/total_price_of_selected_items_after_discount_2
final_answer(sum(price(each) for each in ['Ancient Wand', 'Enchanted Potion']) * 0.9)

# task: web_browsing/total_price_of_selected_items_after_discount_3
final_answer(sum(price(each) for each in ['Ancient Crystal Ball', 'Rare Wand']) * 0.9)

# task: web_browsing/people_in_sales
final_answer(next(len(links(url)) for url in links('/team') if 'sales' in url))

# task: web_browsing/people_in_customer_support
final_answer(next(len(links(url)) for url in links('/team') if 'support' in url))

# task: web_browsing/match_phone_number_to_person_thomas_ramos
final_answer(re.search(r'^(.*) of .* Department', person('432-867-7360'), re.M)[1])

# task: web_browsing/match_phone_number_to_person_james_house
final_answer(re.search(r'^(.*) of .* Department', person('+1-972-434-3098x05009'), re.M)[1])

# task: web_browsing/match_phone_number_to_person_jordan_york
final_answer(re.search(r'^(.*) of .* Department', person('(719)639-9091x6998'), re.M)[1])

# task: web_browsing/match_phone_number_to_person_mike_allen
final_answer(re.search(r'^(.*) of .* Department', person('310-579-9118x38425'), re.M)[1])
