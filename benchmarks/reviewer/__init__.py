"""A modelled reviewer reads, opens, corrects and signs notes through the real page.

Reading order: notes (what is reviewed), reader (how long a person takes), page (the real page),
review_time (the measurement).
"""
