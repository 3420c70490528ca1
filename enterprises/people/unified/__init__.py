"""Sign-in through the province's unified identity (OpenID Connect): a provider of allauth, set up by settings alone.

Beyond what allauth checks, an id_token is believed only with a good signature, our nonce, and every claim there.
"""
