// The unmodified `openai` client against a running market: one line for each check.
//   node openai.mjs FOLDER-WITH-THE-PACKAGE BASE-URL KEY KEY-WITHOUT-MONEY SILENT-WORKER
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, baseURL, apiKey, poorKey, silentWorker] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const OpenAI = require('openai');
const version = JSON.parse(readFileSync(`${folder}/openai/package.json`, 'utf8')).version;

const client = new OpenAI({ baseURL, apiKey });
const chat = { model: 'tiny-words', messages: [{ role: 'user', content: 'Count.' }] };
const scored = { ...chat, model: 'tiny-lm', max_tokens: 3, logprobs: true, top_logprobs: 2 };
const thought = [0, 1, 2].map((i) => {
  const likeliest = [
    { token: `token_id:${i}`, logprob: -0.25 - i / 8, bytes: null },
    { token: `token_id:${i + 1}`, logprob: -5, bytes: null },
  ];
  return { ...likeliest[0], top_logprobs: likeliest };
});
const counted = Array.from({ length: 16 }, (_, i) => i + 1).join(' ');

/** Sends as usual, notes what was sent, and loses the answers that a check does not want to arrive. */
function recording(loses = () => false) {
  const sent = [];
  return {
    sent,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      sent.push({ headers: new Headers(init.headers), job: answer.headers.get('x-job-id') });
      if (loses(sent.length)) {
        await answer.arrayBuffer();
        throw new TypeError('the connection was lost');
      }
      return answer;
    },
  };
}

async function refused(promise, type, status, code, param = null) {
  const error = await promise.then(
    () => assert.fail('it was taken'),
    (e) => e,
  );
  assert.ok(error instanceof type, `${error?.constructor?.name}: ${error?.message}`);
  assert.equal(error.status, status);
  assert.equal(error.code, code);
  assert.equal(error.param, param);
  assert.match(error.requestID, /^req_/);
}

const checks = {
  'models.list gives all models, with prices': async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model);
    const model = models.find((one) => one.id === 'tiny-words');
    assert.equal(model.object, 'model');
    assert.equal(model.context_length, 2048);
    assert.equal(model.pricing.completion, '0.000001');
  },
  'models.retrieve gives one': async () => {
    assert.equal((await client.models.retrieve('two-precisions')).id, 'two-precisions');
  },
  'models.retrieve of a name with a slash is not found, in JSON': () =>
    refused(
      client.models.retrieve('meta/llama-3'),
      OpenAI.NotFoundError,
      404,
      'model_not_found',
      'model',
    ),
  'embeddings.create of one text, as the client asks by default (base64)': async () => {
    const answer = await client.embeddings.create({ model: 'two-precisions', input: 'seven!!' });
    assert.deepEqual(answer.data[0].embedding, [1, 7, 0.5]);
    assert.equal(answer.usage.total_tokens, 3);
  },
  'embeddings.create of several texts, as numbers': async () => {
    const answer = await client.embeddings.create({
      model: 'two-precisions',
      input: ['a', 'bcd'],
      encoding_format: 'float',
    });
    assert.deepEqual(
      answer.data.map((one) => [one.index, ...one.embedding]),
      [
        [0, 1, 1, 0.5],
        [1, 1, 3, 0.5],
      ],
    );
  },
  'embeddings.create of tokens is refused by name': () =>
    refused(
      client.embeddings.create({ model: 'two-precisions', input: [1, 2] }),
      OpenAI.BadRequestError,
      400,
      'unsupported_parameter',
      'input',
    ),
  'chat.completions.create': async () => {
    const answer = await client.chat.completions.create(chat);
    assert.equal(answer.choices[0].message.content, counted);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.usage.completion_tokens, 16);
    assert.match(answer._request_id, /^req_/);
  },
  'a conversation goes on from an answer as it came': async () => {
    const { message } = (await client.chat.completions.create(chat)).choices[0];
    const openAis = { ...message, annotations: [], tool_calls: undefined };
    const messages = [...chat.messages, openAis, { role: 'user', content: 'Again.' }];
    const answer = await client.chat.completions.create({ ...chat, messages });
    assert.equal(answer.choices[0].message.content, counted);
  },
  'max_tokens ends it by length': async () => {
    const answer = await client.chat.completions.create({ ...chat, max_tokens: 2 });
    assert.equal(answer.choices[0].message.content, '1 2');
    assert.equal(answer.choices[0].finish_reason, 'length');
  },
  'an answer says what the market did, and its receipt is there': async () => {
    const { data, response } = await client.chat.completions.create(chat).withResponse();
    assert.equal(data.market.job_id, response.headers.get('x-job-id'));
    assert.match(data.market.worker, /^0x[0-9a-f]{40}$/);
    assert.equal(data.market.price.amount, '16');
    const receipt = await fetch(new URL(response.headers.get('x-receipt'), baseURL), {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    assert.equal(receipt.status, 200);
  },
  'rate limits are told in both ways': async () => {
    const { response } = await client.chat.completions.create(chat).withResponse();
    assert.ok(Number(response.headers.get('x-ratelimit-remaining-requests')) > 0);
    assert.match(response.headers.get('ratelimit'), /^"rpm";r=\d+;t=\d+$/);
  },
  'stream: true gives chunks': async () => {
    let text = '';
    let last;
    for await (const chunk of await client.chat.completions.create({ ...chat, stream: true })) {
      text += chunk.choices[0].delta.content ?? '';
      last = chunk;
    }
    assert.equal(text, counted);
    assert.equal(last.choices[0].finish_reason, 'stop');
    assert.equal(last.market.price.amount, '16');
  },
  'a stream that is left ends it': async () => {
    const stream = await client.chat.completions.create({ ...chat, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.object, 'chat.completion.chunk');
      break;
    }
    assert.ok(stream.controller.signal.aborted);
  },
  'stream_options.include_usage gives a last chunk of usage': async () => {
    const chunks = [];
    const stream = await client.chat.completions.create({
      ...chat,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) chunks.push(chunk);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.total_tokens, 19);
  },
  'chat.completions.stream puts the answer together': async () => {
    const answer = await client.chat.completions.stream(chat).finalChatCompletion();
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.equal(answer.choices[0].message.content, counted);
  },
  'logprobs: true tells what the model thought of each token': async () => {
    const answer = await client.chat.completions.create(scored);
    assert.deepEqual(answer.choices[0].logprobs.content, thought);
    assert.equal(answer.usage.completion_tokens, thought.length);
  },
  'chat.completions.stream puts logprobs together': async () => {
    const answer = await client.chat.completions.stream(scored).finalChatCompletion();
    assert.equal(answer.choices[0].message.content, '1 2 3');
    assert.deepEqual(answer.choices[0].logprobs.content, thought);
  },
  'logprobs of a model of which no worker tells them are refused by name': () =>
    refused(
      client.chat.completions.create({ ...chat, logprobs: true }),
      OpenAI.BadRequestError,
      400,
      'unsupported_parameter',
      'logprobs',
    ),
  'a provider object and fallback models go through': async () => {
    const answer = await client.chat.completions.create({
      ...chat,
      model: 'gone',
      models: ['tiny-words'],
      provider: { sort: 'price', max_price: { completion: 1 }, min_stake: '1', regions: ['eu'] },
    });
    assert.equal(answer.model, 'tiny-words');
  },
  'an unknown model is not found': () =>
    refused(
      client.chat.completions.create({ ...chat, model: 'gpt-9' }),
      OpenAI.NotFoundError,
      404,
      'model_not_found',
      'model',
    ),
  'a parameter that no worker honours is refused by name': async () => {
    const tool = { type: 'function', function: { name: 'weather', parameters: {} } };
    const schema = { type: 'json_schema', json_schema: { name: 'x', schema: {} } };
    for (const [param, members] of Object.entries({
      stop: { stop: ['x'] },
      tools: { tools: [tool], tool_choice: 'auto' },
      'response_format.json_schema': { response_format: schema },
      n: { n: 2 },
      store: { store: true },
    })) {
      await refused(
        client.chat.completions.create({ ...chat, ...members }),
        OpenAI.BadRequestError,
        400,
        'unsupported_parameter',
        param,
      );
    }
  },
  'what is no request is refused with the member that is at fault': async () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    for (const [param, members] of Object.entries({
      messages: { messages: [] },
      'messages[0].content[0].type': { messages: [{ role: 'user', content: [picture] }] },
      'messages[0].role': { messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] },
      seed: { seed: 2 ** 40 },
      temperature: { temperature: 'hot' },
      max_completion_tokens: { max_completion_tokens: 4096 },
      'stream_options.include_usage': { stream_options: { include_usage: 'yes' } },
      model: { model: 'two-precisions' },
    })) {
      await refused(
        client.chat.completions.create({ ...chat, ...members }),
        OpenAI.BadRequestError,
        400,
        'invalid_value',
        param,
      );
    }
  },
  'a wrong key is refused': () =>
    refused(
      new OpenAI({ baseURL, apiKey: 'sk-nonsense' }).chat.completions.create(chat),
      OpenAI.AuthenticationError,
      401,
      'invalid_api_key',
    ),
  'who has no money is told so once': async () => {
    const { sent, fetch } = recording();
    const poor = new OpenAI({ baseURL, apiKey: poorKey, fetch });
    await refused(
      poor.chat.completions.create(chat),
      OpenAI.APIError,
      402,
      'insufficient_quota',
    );
    assert.equal(sent.length, 1);
  },
  'a path that is not there is not found, in JSON': () =>
    refused(
      client.post('/responses', { body: {} }),
      OpenAI.NotFoundError,
      404,
      'unknown_url',
    ),
  'nobody who would do it is tried again, as it may help': async () => {
    const { sent, fetch } = recording();
    const client = new OpenAI({ baseURL, apiKey, fetch });
    await refused(
      client.chat.completions.create({ ...chat, provider: { regions: ['moon'] } }),
      OpenAI.InternalServerError,
      503,
      'no_provider',
    );
    assert.equal(sent.length, 3);
  },
  'a job that has failed is not tried again': async () => {
    const { sent, fetch } = recording();
    const client = new OpenAI({ baseURL, apiKey, fetch });
    const provider = { only: [silentWorker], deadline_seconds: 1 };
    await refused(
      client.chat.completions.create({ ...chat, provider }),
      OpenAI.InternalServerError,
      504,
      'deadline_exceeded',
    );
    assert.equal(sent.length, 1);
  },
  'an answer that is lost is asked for again and is the same job': async () => {
    const { sent, fetch } = recording((times) => times < 3);
    const client = new OpenAI({ baseURL, apiKey, fetch });
    const answer = await client.chat.completions.create({ ...chat, max_tokens: 5 });
    assert.deepEqual(
      sent.map((one) => one.headers.get('x-stainless-retry-count')),
      ['0', '1', '2'],
    );
    assert.deepEqual(new Set(sent.map((one) => one.job)), new Set([answer.market.job_id]));
  },
  'a batch of a file is answered line by line': async () => {
    const lines = [0, 1, 2].map((i) => ({
      custom_id: `line-${i}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: i === 2 ? { ...chat, stop: ['x'] } : { ...chat, max_tokens: i + 1 },
    }));
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const file = await client.files.create({
      file: await OpenAI.toFile(Buffer.from(text), 'lines.jsonl'),
      purpose: 'batch',
    });
    assert.equal((await client.files.retrieve(file.id)).bytes, text.length);
    let batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    while (!['completed', 'failed'].includes(batch.status)) {
      await new Promise((later) => setTimeout(later, 100));
      batch = await client.batches.retrieve(batch.id);
    }
    assert.deepEqual(batch.request_counts, { total: 3, completed: 2, failed: 1 });
    const read = async (id) =>
      (await (await client.files.content(id)).text()).trim().split('\n').map(JSON.parse);
    const answers = await read(batch.output_file_id);
    assert.deepEqual(
      answers.map((one) => [one.custom_id, one.response.body.choices[0].message.content]),
      [
        ['line-0', '1'],
        ['line-1', '1 2'],
      ],
    );
    const [error] = await read(batch.error_file_id);
    assert.equal(error.response.body.error.param, 'stop');
    const batches = [];
    for await (const one of client.batches.list({ limit: 1 })) batches.push(one.id);
    assert.deepEqual(batches, [batch.id]);
    assert.equal((await client.batches.cancel(batch.id)).status, 'completed');
    const files = [];
    const wanted = { purpose: 'batch', order: 'asc', limit: 10_000 };
    for await (const one of client.files.list(wanted)) files.push(one.id);
    assert.deepEqual(files, [file.id]);
    assert.equal((await client.files.delete(file.id)).deleted, true);
  },
  'what nobody heeds of a file or a list is refused by name': async () => {
    const file = await OpenAI.toFile(Buffer.from('{}'), 'lines.jsonl');
    const gone = { anchor: 'created_at', seconds: 3600 };
    await refused(
      client.files.create({ file, purpose: 'batch', expires_after: gone }),
      OpenAI.BadRequestError,
      400,
      'unsupported_parameter',
      'expires_after',
    );
    await refused(
      client.files.list({ sort: 'name' }),
      OpenAI.BadRequestError,
      400,
      'invalid_parameter',
      'sort',
    );
  },
  'an Idempotency-Key makes two requests one job': async () => {
    const options = { headers: { 'Idempotency-Key': `conformance-${Date.now()}` } };
    const one = await client.chat.completions.create(chat, options);
    const two = await client.chat.completions.create(chat, options);
    assert.equal(one.id, two.id);
    await refused(
      client.chat.completions.create({ ...chat, max_tokens: 7 }, options),
      OpenAI.UnprocessableEntityError,
      422,
      'idempotency_mismatch',
    );
  },
};

console.log(`openai ${version}, Node ${process.version}`);
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok - ${name}`);
  } catch (e) {
    failed++;
    console.log(`not ok - ${name}: ${e.stack}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
