"""How good are the images?  Judges that know real ones, and what is measured with them."""
