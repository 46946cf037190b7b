"""OAuth 2.1: an assistant is given a URL, a person signs in and says yes, and a grant is there.

What a request says is judged by Authlib, in memory, over what was read before; what comes of it is
one function of the database. So nothing is decided twice, and of two at once one is too late.
"""
