import fc from 'fast-check';

/** What the kernel wrote, of what was read: the inverse of decodeBytes. */
export function bytesOf(text: string): Buffer {
    const characters = [...text].map((character) => {
        const code = character.codePointAt(0) ?? 0;
        return code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character);
    });
    return Buffer.concat(characters);
}

const characters = [...'a\u00e9\u65e5\ud7ff\ue000\u{10000}\u{10ffff}\ufffd'].map((one) => Buffer.from(one));
const almostCharacters = ['c080', 'e08080', 'eda080', 'edb280', 'f0808080', 'f4908080', 'f5808080'];

/** Bytes that are UTF-8 in part: whole characters, parts of them, what looks like some, and anything. No NUL. */
export const anyBytes: fc.Arbitrary<Buffer> = fc
    .array(
        fc.oneof(
            fc.constantFrom(...characters),
            fc.constantFrom(...characters, ...almostCharacters.map((hex) => Buffer.from(hex, 'hex'))).chain((bytes) => {
                return fc.nat(bytes.length).map((length) => bytes.subarray(0, length));
            }),
            fc.uint8Array({ min: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
        ),
        { maxLength: 8 },
    )
    .map((pieces) => Buffer.concat(pieces));
