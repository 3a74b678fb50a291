"""What a summary tells: everything is looked at, and what is real, large and new is told.

    looking    says which members are read beside the questions of a summary
    judging    compares each total and each member with its own usual range
    mixing     finds rates that moved because their mix did
    idling     finds costs that brought nothing
    people     says how far each person came with a target
    selecting  decides what is told, by four numbers
    making     puts a summary together

Only `making` reads; the others are pure functions of what was read.
"""
