/** The side of a profile picture in pixels, as official apps make them. */
const side = 192;

/** Bytes that a picture may have inside of a profile. */
const largest = 12_500;

/** shrink makes a square JPEG of a picture's middle, as a data URI that fits into a profile. */
export async function shrink(file: Blob): Promise<string> {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("views: no canvas");
  const from = Math.min(bitmap.width, bitmap.height);
  context.fillStyle = "#fff"; // JPEG has no transparency
  context.fillRect(0, 0, side, side);
  context.drawImage(bitmap, (bitmap.width - from) / 2, (bitmap.height - from) / 2, from, from, 0, 0, side, side);
  bitmap.close();
  for (let quality = 0.85; quality > 0.1; quality -= 0.15) {
    const data = canvas.toDataURL("image/jpeg", quality);
    if (data.length <= largest) return data;
  }
  throw new Error("views: the picture stays too large");
}
