# task: *
def value(price, rate, tariff):
    local = convert_currency(price, rate)
    return estimate_final_value(local, calculate_tariff(local, tariff))

# task: trade_calculator/estimate_final_value
final_answer(estimate_final_value(150, calculate_tariff(150, 7.5)))

# task: trade_calculator/interstellar_trade_transaction
final_answer(value(100 * 50, 1.5, 8))

# task: trade_calculator/taxed_commodity_export
final_answer(value(200 * 120, 2.0, 5))

# task: trade_calculator/best_trade_route_selection
routes = [(1.3, 7), (1.4, 9), (1.2, 4)]
final_answer(find_minimum([value(500, rate, tariff) for rate, tariff in routes]))

# task: trade_calculator/most_profitable_conversion_rate
final_answer(find_maximum([value(1000 * 300, rate, 10) for rate in (2.5, 2.3, 2.7)]))

# task: trade_calculator/bulk_trade_quantity_discount
final_answer(value(2500 * 1500 * 0.95, 1.8, 12))

# task: trade_calculator/comparative_profit_analysis
final_answer(find_maximum([value(100 * 300, 1.6, 6), value(80 * 500, 1.8, 5)]))

# task: trade_calculator/fluctuating_conversion_rates_impact
final_answer([value(200 * quantity, rate, 7) for quantity, rate in [(100, 1.7), (150, 1.5), (200, 1.6)]])

# task: trade_calculator/optimal_trade_route_multiple_commodities
goods = [(150 * 200, 1.7, 8), (250 * 300, 1.5, 5), (100 * 400, 2.0, 10)]
final_answer(find_maximum([value(*each) for each in goods]))

# task: trade_calculator/seasonal_price_fluctuation_impact
final_answer([value(price * 200, 1.8, 7) for price in (200, 250, 180)])

# task: trade_calculator/balancing_multiple_trade_offers
final_answer(value(300 * 250, 1.6, 6) - value(150 * 220, 1.5, 4))

# task: trade_calculator/dynamic_pricing_strategy
scenarios = [(120, 1.10), (100, 1), (80, 0.95)]
final_answer([value(units * 300 * factor, 1.8, 6) for units, factor in scenarios])

# task: trade_calculator/quantity_tariff_tradeoff
final_answer(find_maximum([value(200 * 400, 1.7, 10), value(150 * 400, 1.7, 5)]))

# task: trade_calculator/optimizing_bulk_purchase_discounts
options = [(units, price) for units in (950, 1050) for price in (150, 180)]
discounted = [units * price * (0.95 if units >= 1000 else 1) for units, price in options]
final_answer(find_maximum([value(each, 1.6, 7) for each in discounted]))

# task: trade_calculator/currency_fluctuation_hedging
final_answer(find_minimum([value(500 * 250, rate, 8) for rate in (1.5, 1.65, 1.8)]))

# task: trade_calculator/variable_tariff_profit_maximization
final_answer(find_maximum([value(units * 300, 1.7, tariff) for units, tariff in [(400, 6), (350, 4), (450, 7)]]))

# task: trade_calculator/long_term_vs_short_term_trade_decisions
final_answer([value(600 * 200, 1.8, 5), value(600 * 200 * 1.10, 1.6, 7)])
