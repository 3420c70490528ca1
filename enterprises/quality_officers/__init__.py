"""Chief quality officers (首席质量官): who answers for quality in an organisation, since when, with what proof."""
