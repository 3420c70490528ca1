"""Letters about what was decided: told all at once, correction, acceptance, refusal; and the district's recommendation.

Before: a screening, or a district's recommendation. After: the applicant (or the city) holds a PDF to be sealed.
"""
