// A batch by the unmodified `openai` client, which is told nothing of what happens to the market meanwhile.
//   OPENAI_BASE_URL=… OPENAI_API_KEY=… node batch.mjs LINES
// Prints an object a line: how far it is, and at the end what there is of each line.
import OpenAI from 'openai';
import { readFileSync } from 'node:fs';

const lines = Number(process.argv[2]);
const version = JSON.parse(readFileSync('node_modules/openai/package.json', 'utf8')).version;

/** Each fiftieth asks for what is not there: it fails alone, and costs nothing. */
const isWrong = (i) => i % 50 === 49;
const text = (i) => `line ${i} ${'x'.repeat(i % 100)}`;
const content = Array.from({ length: lines }, (_, i) =>
  JSON.stringify({
    custom_id: `line-${i}`,
    method: 'POST',
    url: '/v1/embeddings',
    body: { model: isWrong(i) ? 'gone' : 'all-minilm-l6-v2', input: text(i) },
  }),
).join('\n');

const tell = (told) => console.log(JSON.stringify(told));

// The market is away for as long as it takes to start.
const client = new OpenAI({ maxRetries: 30 });
const file = await client.files.create({
  file: await OpenAI.toFile(Buffer.from(content), 'lines.jsonl'),
  purpose: 'batch',
});
let batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/embeddings',
  completion_window: '24h',
});
while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
  await new Promise((later) => setTimeout(later, 100));
  batch = await client.batches.retrieve(batch.id);
  tell({ answered: batch.request_counts.completed + batch.request_counts.failed });
}

const read = async (id) =>
  id ? (await (await client.files.content(id)).text()).trim().split('\n').map(JSON.parse) : [];
const seen = new Map();
let otherwise = 0;
for (const line of [...(await read(batch.output_file_id)), ...(await read(batch.error_file_id))]) {
  const i = Number(line.custom_id.slice('line-'.length));
  seen.set(i, (seen.get(i) ?? 0) + 1);
  const isRight = isWrong(i)
    ? line.response.status_code === 404
    : line.response.body.data[0].embedding[1] === text(i).length;
  if (!isRight) otherwise++;
}
tell({
  status: batch.status,
  client: `openai ${version}, Node ${process.version}`,
  completed: batch.request_counts.completed,
  failed: batch.request_counts.failed,
  unanswered: lines - seen.size,
  twice: [...seen.values()].filter((times) => times > 1).length,
  otherwise,
});
