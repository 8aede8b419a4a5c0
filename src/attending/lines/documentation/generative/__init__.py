"""Drafting by a language model: the prompt, what is made of the answer, and when it is not used.

Reading order: prompt, asking, reading (the answer), linking (statements to turns), engine.
"""
