"""Companies in which nothing happens, and what the product says about them.

Each has the tables of the demo company and constant rates: what differs between two weeks is chance. Whatever
a summary calls up, down or unusual there is a false alarm. With a story, something does happen.
"""
