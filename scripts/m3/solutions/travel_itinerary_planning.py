# task: *
def flight(start, end, date):
    return min(each['price'] for each in find_flights(start, end, date))

def cheapest(place, *wishes):
    return min(each['price_per_night'] for each in book_hotel(place, list(wishes)))

def best(place, *wishes):
    return max(book_hotel(place, list(wishes)), key=lambda each: each['rating'])['price_per_night']

# task: travel_itinerary_planning/plan_trip_to_0
hotel = book_hotel('A', ['wifi', 'pool'])[0]
final_answer(budget_calculator(flight('E', 'A', '2023-12-25'), hotel['price_per_night'], 5))

# task: travel_itinerary_planning/cheapest_new_york_trip
final_answer(budget_calculator(flight('E', 'B', '2023-11-10'), cheapest('B'), 3))

# task: travel_itinerary_planning/luxury_tokyo_trip
final_answer(budget_calculator(flight('E', 'C', '2023-10-05'), best('C'), 7))

# task: travel_itinerary_planning/budget_trip_to_paris
final_answer(budget_calculator(flight('E', 'A', '2023-12-25'), cheapest('A'), 4))

# task: travel_itinerary_planning/new_york_trip_with_specific_preferences
hotels = [each['price_per_night'] for each in book_hotel('B', ['gym']) if 'pool' not in each['preferences']]
final_answer(budget_calculator(flight('E', 'B', '2023-11-10'), min(hotels), 3))

# task: travel_itinerary_planning/london_business_trip
final_answer(budget_calculator(flight('E', 'D', '2023-08-15'), cheapest('D', 'wifi'), 4))

# task: travel_itinerary_planning/last_minute_tokyo_trip
final_answer(budget_calculator(flight('E', 'C', '2023-12-01'), cheapest('C'), 3))

# task: travel_itinerary_planning/new_york_holiday_season
final_answer(budget_calculator(flight('E', 'B', '2023-12-15'), cheapest('B', 'gym', 'pool'), 7))

# task: travel_itinerary_planning/multi_city_business_trip
first = budget_calculator(flight('E', 'B', '2023-11-10'), cheapest('B', 'wifi'), 2)
final_answer(first + budget_calculator(flight('B', 'C', '2023-11-13'), cheapest('C', 'wifi'), 3))

# task: travel_itinerary_planning/leisure_multi_city_trip
first = budget_calculator(flight('E', 'A', '2023-12-25'), cheapest('A'), 3)
final_answer(first + budget_calculator(flight('A', 'D', '2023-12-28'), cheapest('D'), 2))

# task: travel_itinerary_planning/three_city_european_tour
legs = [('E', 'A', '2023-12-25', 3), ('A', 'D', '2023-12-29', 4), ('D', 'C', '2024-01-02', 3)]
final_answer(sum(budget_calculator(flight(a, b, date), cheapest(b, 'wifi'), nights) for a, b, date, nights in legs))

# task: travel_itinerary_planning/adventure_trip
total = budget_calculator(flight('E', 'C', '2023-12-01'), cheapest('C', 'pool'), 2)
total += budget_calculator(flight('C', 'B', '2023-12-03'), cheapest('B'), 3)
total += budget_calculator(flight('B', 'D', '2023-12-06'), cheapest('D', 'gym'), 2)
final_answer(total)

# task: travel_itinerary_planning/cultural_exploration_tour
total = budget_calculator(flight('E', 'A', '2023-12-25'), cheapest('A', 'wifi'), 4)
total += budget_calculator(flight('A', 'B', '2023-12-29'), cheapest('B', 'wifi'), 2)
total += budget_calculator(flight('B', 'D', '2024-01-01'), best('D', 'wifi'), 3)
final_answer(total)

# task: travel_itinerary_planning/leisure_and_business_combo
total = budget_calculator(flight('E', 'D', '2023-08-15'), cheapest('D', 'wifi', 'gym'), 3)
total += budget_calculator(flight('D', 'A', '2023-08-18'), cheapest('A', 'pool'), 2)
total += budget_calculator(flight('A', 'C', '2023-08-20'), cheapest('C', 'wifi', 'gym'), 2)
final_answer(total)

# task: travel_itinerary_planning/grand_tour_vacation
legs = [('E', 'C', '2023-12-01', 2), ('C', 'D', '2023-12-03', 3), ('D', 'B', '2023-12-06', 2), ('B', 'E', '2023-12-08', 3)]
final_answer(sum(budget_calculator(flight(a, b, date), best(b), nights) for a, b, date, nights in legs))
