import type { Metrics } from './layout';

/** Measures text in the font that the page really has. */
export function readMetrics(element: Element): Metrics {
    const { fontFamily, fontSize } = getComputedStyle(element);
    const pixels = Number.parseFloat(fontSize) || 13;
    return {
        fontSize: pixels,
        labelWidth: measureIn(`600 ${pixels}px ${fontFamily}`),
        descriptionWidth: measureIn(`${pixels * 0.87}px ${fontFamily}`),
    };
}

/**
 * By characters, since what the browser needs for each text anew is a hundred times as much; by how much two characters
 * stand closer together than each for itself, nobody sees at a cut.
 */
function measureIn(font: string): (text: string) => number {
    const context = document.createElement('canvas').getContext('2d');
    if (!context) {
        return (text) => text.length * 8;
    }
    context.font = font;
    const known = new Map<string, number>();
    return (text) => {
        let sum = 0;
        for (const character of text) {
            let width = known.get(character);
            if (width === undefined) {
                width = context.measureText(character).width;
                known.set(character, width);
            }
            sum += width;
        }
        return sum;
    };
}
