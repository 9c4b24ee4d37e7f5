"""What is drawn on the bar of a comparison."""

DRAWN = """() => {
  const strip = document.querySelector('.rs-cmp-strip');
  const { width, height } = strip;
  if (!width) return false;
  const { data } = strip.getContext('2d').getImageData(0, height / 2, width, 1);
  return data.every((value, i) => i % 4 !== 3 || value === 255);
}"""
"""Whether the strip has a picture in every place."""
