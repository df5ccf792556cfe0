"""Jobs: long work as rows, which a worker does piece by piece.

Words    job (work that somebody asked for), unit of work (its smallest piece: it is done or not), runner (a thread
         of a worker), turn (the seconds that a runner gives a job before it looks whose turn it is), cursor
         (the last unit of work that is behind it), trouble (what it waits for: a full disk, a key)
Rules    The row is the truth, and moves in the transaction that stores the unit of work: whoever goes on after a
         kill begins at the cursor.  One runner holds a job, for as long as its lease; who lost the lease
         stores nothing more.  The job that waited longest has the next turn.  A unit that fails is noted with
         its reason, and the others go on; where the kind is whole (an import) it ends the job.  A job and its list
         of failures are gone a day after its end.
Tables   jobs, job_failures
Pages    /pekerjaan, /pekerjaan/ID, /pekerjaan/ID.json
"""
