import type { Metrics } from './layout';

/** Measures text in the font that the page really has; each text once. */
export function readMetrics(element: Element): Metrics {
    const { fontFamily, fontSize } = getComputedStyle(element);
    const pixels = Number.parseFloat(fontSize) || 13;
    return {
        fontSize: pixels,
        labelWidth: measureIn(`600 ${pixels}px ${fontFamily}`),
        descriptionWidth: measureIn(`${pixels * 0.87}px ${fontFamily}`),
    };
}

function measureIn(font: string): (text: string) => number {
    const context = document.createElement('canvas').getContext('2d');
    if (!context) {
        return (text) => text.length * 8;
    }
    context.font = font;
    const known = new Map<string, number>();
    return (text) => {
        let width = known.get(text);
        if (width === undefined) {
            width = context.measureText(text).width;
            if (known.size >= mostKnown) {
                known.clear();
            }
            known.set(text, width);
        }
        return width;
    };
}

/** Texts come and go with the processes. */
const mostKnown = 50_000;
