import fc from 'fast-check'

/**
 * Records as a vendor might write them: JSON text with everything that the grammar allows (RFC 8259) and that software likes to
 * get wrong. Most are objects, some are any value; none has white space around it.
 */
export function records(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 40, arbitrary: object },
    { weight: 8, arbitrary: value },
    { weight: 2, arbitrary: deep },
    { weight: 1, arbitrary: large },
  )
}

const space = fc.constantFrom('', '', '', '', ' ', '  ', '\t', '\n', '\r\n', '\r', ' \n\t')

const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((float) => JSON.stringify(float)),
  fc.constantFrom(
    '-0',
    '0.0',
    '-0.0e-0',
    '1.10',
    '1E400',
    '-1e-400',
    '0.1e+1',
    '9007199254740993',
    '18446744073709551616',
    '3.14159265358979323846264338327950288419716939937510',
  ),
)

/** What may stand between the quotes of a string. */
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text).slice(1, -1)),
  },
  // Any code unit as an escape, halves of pairs and halves in the wrong order included, in both ways to write it.
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }).map(escaped) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => escaped(unit).toUpperCase().replace('U', 'u')),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0000', '\\ud83d\\ude00', '\\ude00\\ud83d'],
      ...['\u0085', '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff', '\u{10ffff}', '😀', 'é', 'e\u0301', '</script>'],
    ),
  },
)
const string = fc.array(piece, { maxLength: 6 }).map((pieces) => `"${pieces.join('')}"`)

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}

const key = fc.oneof(
  { weight: 4, arbitrary: string },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"id"', '"data"', '"type"', '"__proto__"', '"constructor"', '"0"', '"\\u0069d"', '""'),
  },
)

const { value, object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '{}', '[]', '{ }', '[\n]'),
    number,
    string,
    tie('object'),
    tie('array'),
  ),
  object: fc
    .array(fc.tuple(space, key, space, space, tie('value'), space).map(memberText), { maxLength: 6 })
    .map((members) => `{${members.join(',')}}`),
  array: fc
    .array(
      fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
      { maxLength: 5 },
    )
    .map((elements) => `[${elements.join(',')}]`),
}))

function memberText([before, name, beforeColon, afterColon, inner, after]: string[]): string {
  return `${before}${name}${beforeColon}:${afterColon}${inner}${after}`
}

const deep = fc.tuple(fc.integer({ min: 50, max: 1_000 }), fc.boolean(), value).map(([depth, isObject, inner]) => {
  const [open, close] = isObject ? ['{"a":', '}'] : ['[', ']']
  return `${open.repeat(depth)}${inner}${close.repeat(depth)}`
})

/** Up to some 200 KB of UTF-8, whose characters have one byte to four. */
const large = fc
  .tuple(fc.integer({ min: 1_000, max: 20_000 }), string, value)
  .map(([times, name, inner]) => `{${name}:"${'aé漢😀'.repeat(times)}",${name}:${inner}}`)
