"""Operations: what people do about what is watched, and what both doors stand on."""
