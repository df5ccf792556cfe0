"""Timestamps of an outside authority (RFC 3161): asked for when a file is sealed, judged when one is read.

Words    authority (who gives timestamps), token (a timestamp: a CMS over a digest and a time), stamp (what a token
         says once it was judged), level (PAdES B-B, B-T, B-LTA)
Rules    A token counts only under a root that the operator named, over exactly the digest that was asked for.
         Our own clock is never one.  What an authority fails at is raised, and said in the document.
"""
