// OpenAI's own SDK for Node: Promise.all. BASE_URL CALLS IN_FLIGHT [stream]
import OpenAI from 'openai';

const [baseURL, calls, inFlight, stream] = [process.argv[2], +process.argv[3], +process.argv[4], process.argv[5]];
const client = new OpenAI({ baseURL, apiKey: 'none' });
const request = { model: 'bench', prompt: 'Hello how are you?', max_tokens: 256 };

async function ask() {
  if (!stream) return (await client.completions.create(request)).choices[0].text;
  let text = '';
  for await (const chunk of await client.completions.create({ ...request, stream: true })) {
    text += chunk.choices[0].text;
  }
  return text;
}

let left = calls;
let ok = 0;
let failed = 0;
async function place() {
  while (left-- > 0) {
    try {
      await ask();
      ok += 1;
    } catch (error) {
      if (failed++ === 0) console.error('first failure:', String(error));
    }
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: Math.min(inFlight, calls) }, place));
console.log(JSON.stringify({ ok, failed, wall_s: (performance.now() - began) / 1000 }));
