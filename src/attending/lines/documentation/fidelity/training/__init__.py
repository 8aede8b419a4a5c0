"""What the judge of support learns from: visits, ways of being wrong, pairs.

Reading order: visits, vocabulary, corruptions, pairs.
"""
