"""Teaching: equations with numbers, drawings, checks, worked examples; imported when used."""
