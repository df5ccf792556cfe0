"""Certificates: credentials that the issuer signed, their status, their documents.

Words    credential (the COSE bytes in the QR), certificate (what a person sees of it),
         lembar (sealed PDF), berkas bukti (sealed PDF with the evidence), kartu (PNG)
Rules    a credential is stored before the issuer's key is used; one standing credential
         a person and edition; a revoked one never comes back; documents are sealed once;
         who is asked to sign again (`renewing`) keeps the old one until the new one is there
Tables   credentials, evidence, status_lists, key_sets, documents
Pages    /sertifikat/NUMBER and its files
"""
