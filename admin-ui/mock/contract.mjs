// The contract, applied: what of a value offends one of its schemas. Knows the words of JSON Schema
// that openapi.json uses, and refuses to guess at others.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../openapi.json', import.meta.url));
export const contract = JSON.parse(readFileSync(file, 'utf8'));

const ANNOTATIONS = ['description', 'default', 'style', 'explode'];

function resolve(schema) {
  let out = schema;
  while (out.$ref) {
    out = contract;
    for (const word of schema.$ref.slice(2).split('/')) out = out[word];
    schema = out;
  }
  return out;
}

function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function isType(value, type) {
  if (type === 'integer') return Number.isInteger(value);
  return typeOf(value) === type;
}

/** One word of a schema at a time: the faults that it finds at this place. */
const WORDS = {
  type: (value, types) =>
    [types].flat().some((type) => isType(value, type)) ? [] : [`is ${typeOf(value)}, not ${types}`],
  enum: (value, list) => (list.includes(value) ? [] : [`is none of ${list.join(', ')}`]),
  const: (value, only) => (value === only ? [] : [`is not ${only}`]),
  pattern: (value, text) =>
    typeof value !== 'string' || new RegExp(text).test(value) ? [] : [`does not match ${text}`],
  minimum: (value, least) => (typeof value === 'number' && value < least ? [`under ${least}`] : []),
  maximum: (value, most) => (typeof value === 'number' && value > most ? [`over ${most}`] : []),
  minLength: (value, n) => (value?.length < n ? [`shorter than ${n}`] : []),
  maxLength: (value, n) => (value?.length > n ? [`longer than ${n}`] : []),
  minItems: (value, n) => (value?.length < n ? [`fewer than ${n}`] : []),
  maxItems: (value, n) => (value?.length > n ? [`more than ${n}`] : []),
  required: (value, names) =>
    names.filter((name) => typeOf(value) === 'object' && !(name in value)).map((n) => `lacks ${n}`),
  items: (value, schema) =>
    Array.isArray(value) ? value.flatMap((v, i) => within(String(i), offences(v, schema))) : [],
  properties: (value, all) =>
    Object.entries(all).flatMap(([name, schema]) =>
      typeOf(value) === 'object' && name in value
        ? within(name, offences(value[name], schema))
        : [],
    ),
  additionalProperties: (value, schema, whole) => {
    const more = Object.keys(value ?? {}).filter((name) => !(name in (whole.properties ?? {})));
    if (schema === false) return more.map((name) => `has ${name}`);
    return more.flatMap((name) => within(name, offences(value[name], schema)));
  },
  allOf: (value, list) => list.flatMap((schema) => offences(value, schema)),
  anyOf: (value, list) =>
    list.some((s) => offences(value, s).length === 0) ? [] : ['is none of its kinds'],
  oneOf: (value, list) => {
    const fitting = list.filter((s) => offences(value, s).length === 0).length;
    return fitting === 1 ? [] : [`is ${fitting} of its kinds: ${JSON.stringify(value)}`];
  },
};

const within = (name, faults) => faults.map((fault) => `/${name}${fault.replace(/^(?!\/)/, ' ')}`);

/** What is wrong with a value; empty when it is as the schema says. */
export function offences(value, given) {
  const schema = resolve(given);
  return Object.entries(schema).flatMap(([word, argument]) => {
    if (ANNOTATIONS.includes(word)) return [];
    if (!WORDS[word]) throw new Error(`the contract's word ${word} is not known here`);
    return WORDS[word](value, argument, schema);
  });
}

export const named = (name) => ({ $ref: `#/components/schemas/${name}` });

/** The contract's operation for a request, or undefined. */
export function operationOf(method, pathname) {
  for (const [template, item] of Object.entries(contract.paths)) {
    const pattern = template.replace(/\{[^}]*\}/g, '[^/]+');
    if (new RegExp(`^${pattern}$`).test(pathname)) return item[method.toLowerCase()];
  }
  return undefined;
}

const json = (content) => content?.['application/json'] ?? content?.['application/problem+json'];

/** What is wrong with a request's body. */
export function requestOffences(operation, body) {
  const content = resolve(operation.requestBody ?? {}).content;
  return content ? offences(body, json(content).schema) : [];
}

/** What is wrong with an answer: its status, or its body. */
export function answerOffences(operation, status, body) {
  const response = operation.responses[status];
  if (!response) return [`status ${status} is none of the contract's`];
  const content = json(resolve(response).content);
  return content ? offences(body, content.schema) : [];
}

/** The schema of an event's data; null where the event is a part of an object only. */
export function eventSchema(name) {
  return (
    { change: named('Change'), marker: named('Marker'), process: null }[name] ?? named('Event')
  );
}
