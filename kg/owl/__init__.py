"""The recommendations told in OWL: classes of the records that satisfy them, classified by HermiT; the OWL 2 DL
profile.
"""
