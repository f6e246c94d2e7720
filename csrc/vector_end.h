/* vector_end.h: forget the words of vector.h, for its next precision and width. */
#undef REAL
#undef WORD
#undef LANES
#undef PARTS
#undef PART_BYTES
#undef VECS
#undef IS
#undef LANES_MOST
#undef LEAK
#undef WHERE
#undef vec
#undef part
#undef wide
#undef bits
