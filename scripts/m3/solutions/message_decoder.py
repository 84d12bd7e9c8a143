# task: message_decoder/full_alien_message_decoding
final_answer(caesar_decode(reverse_string(convert_hex_to_ascii('7a686b7a686d666d686b')), 5))

# task: message_decoder/shortest_caesar_decoded_message
lengths = []
for each in ['636261', '686766', '6365646362', '6867666865']:
    lengths.append(string_length(caesar_decode(reverse_string(convert_hex_to_ascii(each)), 4)))
final_answer(minimum_value(lengths))

# task: message_decoder/longest_decoded_string
pairs = [('4a656d', 2), ('4b6867', 3), ('4c696f', 5)]
decoded = [caesar_decode(reverse_string(convert_hex_to_ascii(text)), shift) for text, shift in pairs]
final_answer(maximum_value([string_length(each) for each in decoded]))

# task: message_decoder/specific_decoded_character
final_answer(caesar_decode(reverse_string(convert_hex_to_ascii('576562546563686e6f6c6f6779')), 7))

# task: message_decoder/hex_caesar_combined_decoding
final_answer(caesar_decode(convert_hex_to_ascii('4d4f5252'), 2))

# task: message_decoder/multi_step_decoding_challenge
final_answer(caesar_decode(reverse_string(convert_hex_to_ascii('726f77746e6153794d')), 3))

# task: message_decoder/length_based_decoding_puzzle
for each in ['646566', '6a6b6c6d', '68696a6b6c']:
    message = caesar_decode(convert_hex_to_ascii(each), 6)
    if string_length(message) == 5:
        final_answer(message)

# task: message_decoder/maximum_value_decoding
numbers = []
for each in ['313233', '343536', '373839']:
    numbers.append(int(reverse_string(caesar_decode(convert_hex_to_ascii(each), 4))))
final_answer(maximum_value(numbers))
