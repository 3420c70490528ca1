"""The invented cast and papers for a rehearsal: one edition walked from call to payment with nobody real in it.

Nothing here writes to the database: `cast` names who takes part and what they hand in, `marking` what the experts
give, `papers` the PDFs. Everything follows from a seed and the number of the rehearsal (`serial`), so a rehearsal
can be repeated, and two rehearsals never share a name, a credit code or an address.
"""
