// A canvas as sharp as the screen: sized in device pixels, drawn in CSS pixels.

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

export function surface(canvas: HTMLCanvasElement): Surface {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser cannot draw on a canvas.');
  return { canvas, context };
}

/** Clears; resizes only when needed, because that is slow. */
export function prepare({ canvas, context }: Surface, width: number, height: number, pixelRatio: number): void {
  const wide = Math.max(1, Math.round(width * pixelRatio));
  const high = Math.max(1, Math.round(height * pixelRatio));
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${wide / pixelRatio}px`;
    canvas.style.height = `${high / pixelRatio}px`;
  }
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width + 1, height + 1);
}
