"""The monitor: holds a city to its ledger from outside, with nothing of ours but `pakta.core`.

Words    head (a signed checkpoint), lie (something served that contradicts what was signed), finding, state
Rules    What cannot be read proves nothing: then the run ends and the state stays.  What is served under a
         signed head is promised by it: where it is missing or differs, that is a finding.  The state moves on
         only after a run without findings.  Memory does not grow with the ledger: of the tree the edge is kept.
Files    its own state, a JSON file; evidence of a rewound, forked or equivocating log beside it
"""
