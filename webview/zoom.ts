/** Moving about in the picture: d3-zoom, which turns wheel, pinch and drag into a view. */
import { select } from 'd3-selection';
import { zoom, zoomIdentity } from 'd3-zoom';
import type { Layout } from './layout';
import { scales, type Size, type View } from './viewport';

export interface Zoom {
    /** Without telling back: the caller has the view already. */
    readonly show: (view: View) => void;
    readonly by: (factor: number) => void;
    /** How far one can go: the picture never leaves the window altogether. */
    readonly limit: (layout: Layout, size: Size) => void;
}

export function zoomOn(surface: Element, moved: (view: View) => void): Zoom {
    let telling = true;
    const behavior = zoom<Element, unknown>()
        .scaleExtent([scales.smallest, scales.largest])
        // A plain wheel scrolls, as everywhere in an editor; with Ctrl (which a pinch also sends) it zooms.
        .filter(
            (event: MouseEvent) =>
                event.type !== 'dblclick' && event.button === 0 && (event.type !== 'wheel' || event.ctrlKey),
        )
        .on('zoom', ({ transform: { x, y, k } }: { transform: View }) => {
            if (telling) {
                moved({ x, y, k });
            }
        });
    const selection = select(surface).call(behavior);

    surface.addEventListener(
        'wheel',
        (event) => {
            const { deltaX, deltaY, deltaMode, ctrlKey, shiftKey } = event as WheelEvent;
            if (ctrlKey) {
                return;
            }
            event.preventDefault();
            const lines = deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
            const [right, down] = shiftKey && deltaX === 0 ? [deltaY, 0] : [deltaX, deltaY];
            const { k } = transformOf(surface);
            behavior.translateBy(selection, (-right * lines) / k, (-down * lines) / k);
        },
        { passive: false },
    );

    return {
        show({ x, y, k }) {
            const now = transformOf(surface);
            if (now.x !== x || now.y !== y || now.k !== k) {
                telling = false;
                behavior.transform(selection, zoomIdentity.translate(x, y).scale(k));
                telling = true;
            }
        },
        by(factor) {
            behavior.scaleBy(selection, factor);
        },
        limit({ width, height }, size) {
            // Else d3-zoom asks the element, and the browser lays out the page for the answer.
            behavior.extent([
                [0, 0],
                [size.width, size.height],
            ]);
            behavior.constrain((transform) => {
                const { x, y, k } = transform;
                const nearest = zoomIdentity.translate(
                    within(x, width * k, size.width),
                    within(y, height * k, size.height),
                );
                return nearest.scale(k);
            });
        },
    };
}

/** d3-zoom keeps the transform on the element. */
function transformOf(surface: Element): View {
    return (surface as Element & { readonly __zoom: View }).__zoom;
}

/** The nearest offset at which a picture of this length still reaches the middle of the window. */
function within(offset: number, length: number, window: number): number {
    return Math.min(Math.max(offset, window / 2 - length), window / 2);
}
