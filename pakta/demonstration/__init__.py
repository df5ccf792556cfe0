"""The demonstration: an invented city that goes the same way as a real one.

Rules    every person carries the demo mark, numbers have a serial of 900 or above, and a
         database that holds a person without the mark is refused; slips, enrolments and
         signatures go through the same services as the web, with real software keys
"""
