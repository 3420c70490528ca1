"""Who gets in where, as data (`policy`), a world in which to try it (`world`), and the trying (`crawl`)."""
