// A canvas as sharp as the screen: sized in device pixels, drawn in CSS pixels.
import type { Theme } from './theme.ts';

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** As set last; resizing a canvas forgets it. */
  font: string | undefined;
}

export function surface(canvas: HTMLCanvasElement): Surface {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser cannot draw on a canvas.');
  return { canvas, context, font: undefined };
}

/** Clears; resizes only when needed, because that is slow. */
export function prepare(surface: Surface, width: number, height: number, pixelRatio: number): void {
  const { canvas, context } = surface;
  const wide = Math.max(1, Math.round(width * pixelRatio));
  const high = Math.max(1, Math.round(height * pixelRatio));
  if (canvas.width !== wide || canvas.height !== high) {
    surface.font = undefined;
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${wide / pixelRatio}px`;
    canvas.style.height = `${high / pixelRatio}px`;
  }
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width + 1, height + 1);
}

/** What is written beside bars and ticks. Set only when it is another one: a browser reads the page's styles for it. */
export function writeIn(surface: Surface, { fontSize, fontFamily }: Theme): void {
  const { context } = surface;
  const font = `${Math.max(11, Math.round(fontSize * 0.85))}px ${fontFamily}`;
  if (surface.font === font) return;
  surface.font = font;
  context.font = font;
  context.textBaseline = 'middle';
}
