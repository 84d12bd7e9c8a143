# task: *
def most_common(sequence):
    counts = count_nucleotides(sequence)
    return find_max_nucleotide([part for pair in counts.items() for part in pair])

# task: cryptobotanists_plant_dna_sequencer/find_most_common_nucleotide_and_transcribe
nucleotide, count = most_common('AGCTAGCCGATGCA')
final_answer(transcribe_dna_to_mrna(nucleotide * 3))

# task: cryptobotanists_plant_dna_sequencer/validate_transcribe_translate
sequence = 'AGCTTX'
if is_valid_dna_sequence(sequence):
    final_answer(translate_mrna_to_amino_acid(transcribe_dna_to_mrna(sequence)))
final_answer('Invalid DNA sequence')

# task: cryptobotanists_plant_dna_sequencer/reverse_transcribe_count_max_nucleotide
nucleotide, count = most_common(reverse_transcribe_mrna_to_dna('AUGCUUUUC'))
final_answer(nucleotide)

# task: cryptobotanists_plant_dna_sequencer/transcribe_translate_amino_acid_length
acids = translate_mrna_to_amino_acid(transcribe_dna_to_mrna('AGCTAGCGTA'))
final_answer(len(acids.split('-')))

# task: cryptobotanists_plant_dna_sequencer/reverse_transcribe_palindrome_check
final_answer(count_nucleotides(reverse_transcribe_mrna_to_dna('AUGCGU')))

# task: cryptobotanists_plant_dna_sequencer/validate_find_longest_valid_sequence
final_answer(max(filter(is_valid_dna_sequence, ['AGCTAG', 'XYZABC', 'GTCAGT']), key=len))

# task: cryptobotanists_plant_dna_sequencer/transcribe_translate_find_amino_acid
final_answer('Methionine' in translate_mrna_to_amino_acid(transcribe_dna_to_mrna('AGCTAGCGTA')))

# task: cryptobotanists_plant_dna_sequencer/find_most_common_nucleotide_combined_sequence
final_answer(most_common('AGCT' + 'CCGA' + 'TTAG'))
