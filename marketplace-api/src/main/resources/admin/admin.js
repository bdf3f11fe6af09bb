'use strict';
// The operators' page. Whatever the API says is put on the page as text, never as markup: the page's policy has no way to do otherwise.

const $ = id => document.getElementById(id);
let token = '';
let roles = [];
let money = { symbol: '', decimals: 0 };
let models = new Map();
let lastEventId = '';
let following = null;

// --- Making elements ---------------------------------------------------------------------------------

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === 'onclick') element.addEventListener('click', value);
    else element.setAttribute(name, value);
  }
  for (const child of children) {
    if (child !== null && child !== undefined) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

function fill(id, ...children) {
  $(id).replaceChildren(...children);
}

function figures(id, pairs) {
  fill(id, ...pairs.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

// columns: [title, cell of a row, class]; a caption that only repeats the heading above it is for readers of the screen
function table(caption, columns, rows, heard) {
  if (rows.length === 0) return make('p', { class: 'hint' }, caption + ': none.');
  const head = make('tr', {}, ...columns.map(([title, , kind]) => make('th', { scope: 'col', class: kind ?? '' }, title)));
  const body = rows.map(row =>
    make('tr', {}, ...columns.map(([, cell, kind]) => make('td', { class: kind ?? '' }, cell(row) ?? ''))));
  return make('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': caption },
    make('table', {}, make('caption', { class: heard ? 'heard' : '' }, caption), make('thead', {}, head), make('tbody', {}, ...body)));
}

// --- Words ---------------------------------------------------------------------------------------------

function short(hex) {
  return make('span', { class: 'mono', title: hex }, hex.length > 14 ? hex.slice(0, 8) + '…' + hex.slice(-4) : hex);
}

function model(digest) {
  return models.has(digest) ? make('span', { title: digest }, models.get(digest)) : short(digest);
}

function several(wallets) {
  const first = wallets.slice(0, 4).flatMap(wallet => [short(wallet), ' ']);
  return make('span', {}, ...first, wallets.length > 4 ? 'and ' + (wallets.length - 4) + ' more' : '');
}

function count(value) {
  return value.toLocaleString('en');
}

function time(text) {
  if (!text) return '';
  return make('time', { datetime: text, title: text }, text.slice(0, 10) + ' ' + text.slice(11, 19));
}

// Atomic units are decimal strings, larger than a number of this language may be.
function amount(text) {
  if (text === null || text === undefined) return '';
  const units = BigInt(text);
  const unit = 10n ** BigInt(money.decimals);
  const rest = (units % unit).toString().padStart(money.decimals, '0').replace(/0+$/, '');
  return (units / unit).toLocaleString('en') + (rest ? '.' + rest : '') + (money.symbol ? ' ' + money.symbol : '');
}

function percent(bps) {
  return bps === null || bps === undefined ? '–' : (bps / 100).toFixed(2).replace(/\.?0+$/, '') + ' %';
}

function millis(value) {
  if (value === null || value === undefined) return '–';
  return value < 1000 ? value + ' ms' : (value / 1000).toFixed(1) + ' s';
}

function flags(rate) {
  if (rate.audits === 0) return 'no audits';
  return share(rate.failures, rate.audits, rate);
}

function share(some, all, bounds) {
  return count(some) + ' of ' + count(all) + ' (' + percent(bounds.atLeast) + ' to ' + percent(bounds.atMost) + ')';
}

// --- Asking ----------------------------------------------------------------------------------------------

async function ask(path, body, more) {
  const headers = { authorization: 'Bearer ' + token, ...more };
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch(path, {
    method: body ? 'POST' : 'GET', headers, body: body ? JSON.stringify(body) : undefined,
    cache: 'no-store', credentials: 'omit', redirect: 'error'
  });
  const said = await answer.json();
  if (!answer.ok) {
    throw new Error((said.title ?? 'Refused') + ': ' + (said.detail ?? answer.status));
  }
  return said;
}

function told(failure) {
  $('fault').textContent = failure ? String(failure.message ?? failure) : '';
}

async function attempt(work) {
  try {
    await work();
    told('');
  } catch (failure) {
    told(failure);
  }
}

// --- Market, live --------------------------------------------------------------------------------------------

function showMarket(now) {
  figures('figures', [
    ['jobs waiting', count(now.open - now.executing)],
    ['executing', count(now.executing)],
    ['posted, last hour', count(now.posted)],
    ['with a result', count(now.attested)],
    ['without', count(now.failed)],
    ['success', percent(now.success)],
    ['median time', millis(now.medianMillis)],
    ['95 of 100 within', millis(now.p95Millis)],
    ['spent, last hour', amount(now.spent)],
    ['value at risk', amount(now.valueAtRisk)],
    ['workers selling', count(now.selling) + ' of ' + count(now.workers)],
    ['audits open', count(now.auditsOpen)],
    ['cases open', count(now.casesOpen)]
  ]);
  fill('prices', table('Prices for a million tokens', [
    ['model', row => model(row.model)],
    ['profile', row => row.profile],
    ['offers', row => row.offers, 'number'],
    ['lowest', row => amount(row.lowest), 'number'],
    ['median', row => amount(row.median), 'number']
  ], now.prices));
  const alerts = now.alerts.map(alert => make('li', { class: 'bad' }, make('strong', {}, alert.name), ' ' + alert.words));
  const list = $('alert-list');
  const text = now.alerts.map(alert => alert.name + alert.words).join('\n') || 'quiet';
  if (list.dataset.text !== text) { // else a reader of the screen would say it every two seconds
    list.dataset.text = text;
    list.replaceChildren(...(alerts.length ? alerts : [make('li', { class: 'good' }, 'Nothing is amiss.')]));
  }
}

const logged = [];

function showLog() {
  fill('log', table('The log, the newest first', [
    ['number', row => row.number, 'number'],
    ['when', row => time(row.at)],
    ['who', row => row.who],
    ['what', row => row.action + (row.subject ? ' ' + row.subject : ''), 'words mono'],
    ['why', row => row.why, 'words'],
    ['came of it', row => make('span', { class: row.outcome === 'done' ? '' : 'bad' }, row.outcome)]
  ], logged));
  if (logged.length) $('head').textContent = logged[0].number + ':' + logged[0].hash;
}

function onEvent(event) {
  if (event.id) lastEventId = event.id;
  if (event.name === 'market') {
    showMarket(JSON.parse(event.data));
  } else if (event.name === 'action') {
    const action = JSON.parse(event.data);
    if (!logged.some(known => known.number === action.number)) {
      logged.unshift(action);
      logged.length = Math.min(logged.length, 50);
      showLog();
    }
  }
}

// EventSource cannot send a credential; its format is small.
async function follow(stop) {
  while (!stop.signal.aborted) {
    try {
      const headers = { authorization: 'Bearer ' + token };
      if (lastEventId) headers['last-event-id'] = lastEventId;
      const answer = await fetch('/api/admin/events?for=600s', {
        headers, signal: stop.signal, cache: 'no-store', credentials: 'omit', redirect: 'error'
      });
      if (!answer.ok) throw new Error('The feed answers ' + answer.status + '.');
      $('link').textContent = 'Live.';
      let rest = '';
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const events = (rest + part.value).split('\n\n');
        rest = events.pop();
        for (const text of events) {
          const event = {};
          for (const line of text.split('\n')) {
            const colon = line.indexOf(': ');
            if (colon > 0) event[line.slice(0, colon) === 'event' ? 'name' : line.slice(0, colon)] = line.slice(colon + 2);
          }
          onEvent(event);
        }
      }
    } catch (failure) {
      if (stop.signal.aborted) return;
      $('link').textContent = 'Not live; trying again.';
      await new Promise(resolve => setTimeout(resolve, 3000));
    }
  }
}

// --- Lists by pages ---------------------------------------------------------------------------------------------

function pages(name, path, key, show) {
  let rows = [];
  const read = async after => {
    const at = path();
    const page = await ask(at + (at.includes('?') ? '&' : '?') + 'limit=25' + (after ? '&after=' + encodeURIComponent(after) : ''));
    rows = after ? rows.concat(page.data) : page.data;
    $(name + '-more').hidden = !page.hasMore;
    show(rows);
  };
  $(name + '-again').addEventListener('click', () => attempt(() => read('')));
  $(name + '-more').addEventListener('click', () => attempt(() => read(key(rows[rows.length - 1]))));
  return () => read('');
}

const readWorkers = pages('workers', () => '/api/admin/workers' + ($('selling').checked ? '?selling=true' : ''),
  row => row.address, rows => fill('worker-list', table('Workers', [
    ['wallet', row => make('button', { type: 'button', class: 'link', onclick: () => attempt(() => showWorker(row.address)) }, short(row.address))],
    ['state', row => make('span', { class: row.state === 'paused' || row.state === 'draining' ? 'bad' : '' }, row.state)],
    ['agent', row => row.agentVersion, 'words'],
    ['offers', row => row.offers, 'number'],
    ['slots', row => row.slots, 'number'],
    ['bond', row => amount(row.bonded), 'number'],
    ['frozen', row => amount(row.frozen), 'number'],
    ['results', row => row.results >= 1000 ? '1000 or more' : row.results, 'number'],
    ['found wrong, 95 % bounds', row => flags(row.flags)],
    ['cases', row => row.cases, 'number'],
    ['lapses', row => row.lapses, 'number']
  ], rows, true)));

async function showWorker(address) {
  const one = await ask('/api/admin/workers/' + address);
  fill('worker',
    make('h3', {}, 'Worker ', make('code', {}, one.worker.address)),
    one.pausedBecause ? make('p', { class: 'bad' }, 'Stopped: ' + one.pausedBecause) : '',
    make('p', {}, 'Session keys: ', make('code', {}, one.sessionKeys.join(', ') || 'none')),
    table('Offers', [
      ['model', row => model(row.model)],
      ['profile', row => row.profile],
      ['input', row => amount(row.inputPrice), 'number'],
      ['output', row => amount(row.outputPrice), 'number'],
      ['slots', row => row.concurrency, 'number'],
      ['region', row => row.region],
      ['since', row => time(row.publishedAt)]
    ], one.offers),
    table('Track record', [
      ['model', row => model(row.model)],
      ['profile', row => row.profile],
      ['passed in a row', row => row.passesInARow, 'number'],
      ['found wrong, 95 % bounds', row => flags(row.flags)]
    ], one.standings),
    table('Last results', [
      ['job', row => jobLink(row.job)],
      ['leased', row => time(row.assignedAt)],
      ['took', row => millis(row.millis), 'number'],
      ['price', row => amount(row.price), 'number']
    ], one.recent),
    make('p', {}, make('button', {
      type: 'button',
      onclick: () => { $('what').value = 'worker'; $('subject').value = one.worker.address; $('reason').focus(); }
    }, 'Stop or let go this worker…')));
}

function jobLink(id) {
  return make('button', { type: 'button', class: 'link mono', onclick: () => attempt(() => showJob(id)) }, id);
}

const readJobs = pages('jobs', () => '/api/admin/jobs' + ($('open').checked ? '?open=true' : ''),
  row => row.id, rows => fill('job-list', table('Jobs', [
    ['job', row => jobLink(row.id)],
    ['status', row => row.status],
    ['posted', row => time(row.postedAt)],
    ['requester', row => short(row.requester)],
    ['worker', row => row.worker ? short(row.worker) : ''],
    ['price', row => amount(row.price), 'number'],
    ['check', row => row.checked ?? ''],
    ['settled', row => time(row.settledAt)]
  ], rows, true)));

async function showJob(id) {
  const one = await ask('/api/admin/jobs/' + encodeURIComponent(id));
  $('job-id').value = id;
  fill('job',
    make('h3', {}, 'Job ', make('code', {}, one.job.id)),
    make('p', {}, one.job.status + (one.job.because ? ': ' + one.job.because : '') + ' · ' + one.job.kind + ' · '
      + one.job.tier + ' · verification ' + one.job.verification),
    make('ol', { class: 'life' }, ...one.timeline.map(step => make('li', {},
      time(step.at),
      make('strong', {}, step.step),
      make('span', { class: 'mono' },
        [step.who, step.what, step.transaction ? 'transaction ' + step.transaction + ' in block ' + step.block : '']
          .filter(words => words).join(' · '))))));
  $('jobs').scrollIntoView();
}

// --- Money, checks, stops ----------------------------------------------------------------------------------------------

function showPayments(now, words) {
  if (!now) {
    fill('payments', make('p', { class: 'bad' }, words));
    return;
  }
  const reserves = now.reserves;
  fill('payments',
    ...Object.entries(now.halts).map(([part, reason]) => make('p', { class: 'bad' }, part + ': ' + reason)),
    ...(reserves?.drift ?? []).map(line => make('p', { class: 'bad' }, 'Drift: ' + line)),
    make('p', {}, 'Jobs that wait for a batch: ' + now.waitingJobs + ' for ', amount(now.waitingAmount),
      now.waitingSince ? ', since ' : '', time(now.waitingSince), '. Batches not settled: ' + now.openBatches + '.'),
    reserves
      ? make('p', { class: reserves.drift.length ? 'bad' : 'good' }, 'As of block ' + reserves.block + ' the Escrow owes ', amount(reserves.owed),
        ' and holds ', amount(reserves.held), '; the Stake owes ', amount(reserves.bonded), ' and holds ', amount(reserves.atStake), '.')
      : make('p', {}, 'Ledger and chain were not compared yet.'),
    table('Transactions on their way', [
      ['for', row => row.purpose],
      ['of', row => short(row.subject)],
      ['state', row => row.state],
      ['nonce', row => row.nonce ?? '', 'number'],
      ['attempts', row => row.attempts.length, 'number'],
      ['refused', row => row.refusals ? row.refusals + ': ' + row.refusal : '', 'words'],
      ['planned', row => time(row.plannedAt)]
    ], now.onItsWay),
    table('Batches, the newest first', [
      ['number', row => row.number, 'number'],
      ['jobs', row => row.jobs, 'number'],
      ['taken', row => amount(row.taken), 'number'],
      ['given', row => amount(row.given), 'number'],
      ['state', row => row.state],
      ['closed', row => time(row.closedAt)],
      ['transaction', row => row.transaction ? short(row.transaction) : '']
    ], now.batches));
}

async function showCase(id) {
  const one = await ask('/api/admin/cases/' + id);
  const bundle = one.bundle;
  fill('case',
    make('h3', {}, 'Case ', make('code', {}, one.courtCase.id)),
    bundle
      ? make('div', {},
        make('p', {}, bundle.evidence
          ? 'The Court was called with ' + (bundle.evidence.length / 2 - 1) + ' bytes of evidence:'
          : 'Settlement has no evidence to show: another opened the case.'),
        bundle.evidence ? make('p', { class: 'words mono' }, bundle.evidence) : '',
        bundle.harm ? make('p', { class: 'words mono' }, bundle.harm) : '',
        table('Transactions about it', [
          ['for', row => row.purpose],
          ['state', row => row.state],
          ['attempts', row => row.attempts.length, 'number'],
          ['planned', row => time(row.plannedAt)],
          ['ended', row => time(row.endedAt)]
        ], bundle.errands))
      : make('p', { class: 'bad' }, one.settlementWords));
}

async function readMoney() {
  const sums = await ask('/api/admin/money');
  figures('sums', [
    ['purses', count(sums.purses)],
    ['in purses', amount(sums.balance)],
    ['spent on chain', amount(sums.spent)],
    ['spoken for', amount(sums.unsettled)],
    ['held for open jobs', amount(sums.held)],
    ['earned, not settled', amount(sums.pending)],
    ['overdrawn purses', count(sums.overdrawn)],
    ['events for Kafka', count(sums.waiting)]
  ]);
  showPayments(sums.settlement, sums.settlementWords);
}

const readRequesters = pages('requesters', () => '/api/admin/requesters', row => row.requester,
  rows => fill('requesters', table('Requesters', [
    ['wallet', row => make('span', { class: 'mono' }, row.requester)],
    ['in its purse', row => amount(row.balance), 'number'],
    ['spent', row => amount(row.spent), 'number'],
    ['spoken for', row => amount(row.unsettled), 'number'],
    ['leaving', row => amount(row.leaving), 'number'],
    ['open jobs', row => row.openJobs, 'number'],
    ['keys', row => row.keys, 'number']
  ], rows, true)));

function showSignals(now) {
  const each = [
    [now.flagged, 'Found wrong by audits', [['worker', row => short(row.worker)], ['how often, 95 % bounds', row => flags(row.flags)]]],
    [now.pairs, 'Requesters that buy nearly all of one worker', [['requester', row => short(row.requester)], ['worker', row => short(row.worker)],
      ['results', row => count(row.results), 'number'], ['share', row => percent(row.share), 'number']]],
    [now.together, 'Workers that came together', [['minute', row => time(row.minute)], ['agent', row => row.agentVersion, 'words'],
      ['workers', row => several(row.workers)]]],
    [now.repeated, 'Gave one answer to different inputs', [['worker', row => short(row.worker)], ['how many', row => share(row.repeated, row.results, row)]]],
    [now.twins, 'Alike to the last bit on different profiles', [['worker', row => short(row.worker)], ['other', row => short(row.other)],
      ['how many', row => share(row.same, row.compared, row)]]],
    [now.funders?.funders ?? [], 'Paid for several others', [['payer', row => short(row.payer)], ['others', row => row.others, 'number'],
      ['for', row => row.parties.map(party => party.kind + ' of ' + party.wallet).join(' '), 'words mono']]],
    [now.twofold, 'Said two things', [['worker', row => short(row.worker)], ['what', row => row.what], ['times', row => row.times, 'number']]],
    [now.lapses, 'Verifiers that did not do their work', [['verifier', row => short(row.verifier)], ['audit', row => jobLink(row.audit)],
      ['why', row => row.reason], ['when', row => time(row.at)]]],
    [now.quarantines, 'Reference nodes, last day', [['model', row => model(row.model)], ['profile', row => row.profile],
      ['answers', row => row.canaries, 'number'], ['disagree', row => row.disagreements, 'number'],
      ['true share, 95 % bounds', row => percent(row.atLeast) + ' to ' + percent(row.atMost) + ', budget ' + percent(row.budget)],
      ['quarantine', row => row.isOn ? 'on: nobody is slashed' : 'off']]]
  ];
  const none = each.filter(([rows, caption]) => rows.length === 0 && !(caption === 'Paid for several others' && !now.funders));
  fill('signals',
    make('div', { class: 'beside' }, ...each.filter(([rows]) => rows.length).map(([rows, caption, columns]) => table(caption, columns, rows))),
    none.length ? make('p', { class: 'hint' }, 'None of: ' + none.map(([, caption]) => caption.toLowerCase()).join(' · ') + '.') : '',
    now.funders ? '' : make('p', { class: 'hint' }, 'Who paid for whom: ' + now.settlementWords));
}

const readSignals = () => ask('/api/admin/signals').then(showSignals);

const readEpochs = pages('epochs', () => '/api/admin/epochs', row => row.number, rows => fill('epochs', table('Epochs', [
  ['number', row => row.number, 'number'],
  ['opened', row => time(row.openedAt)],
  ['closed', row => time(row.closedAt)],
  ['results', row => row.results ?? '', 'number'],
  ['price', row => amount(row.totalPrice), 'number'],
  ['sealed by', row => row.sealedBy ? short(row.sealedBy) : ''],
  ['drawn by', row => row.isWithheld ? 'withheld' : row.drawnBy ? short(row.drawnBy) : ''],
  ['audits', row => row.audits, 'number']
], rows, true)));

const readAudits = pages('audits', () => '/api/admin/audits' + ($('audits-open').checked ? '?open=true' : ''),
  row => row.job, rows => fill('audits', table('Audits', [
    ['job', row => jobLink(row.job)],
    ['worker', row => short(row.worker)],
    ['price', row => amount(row.price), 'number'],
    ['stage', row => row.stage],
    ['votes', row => row.signed + ' of ' + row.verifiers, 'number'],
    ['came of it', row => row.outcome ? row.outcome + ' (' + row.reason + ')' : '']
  ], rows, true)));

const readCases = pages('cases', () => '/api/admin/cases' + ($('cases-open').checked ? '?open=true' : ''),
  row => row.id, rows => fill('cases', table('Cases of the Court', [
    ['case', row => make('button', { type: 'button', class: 'link', onclick: () => attempt(() => showCase(row.id)) }, short(row.id))],
    ['offence', row => row.offence],
    ['accused', row => short(row.accused)],
    ['state', row => row.state],
    ['taken', row => amount(row.taken), 'number'],
    ['to the harmed', row => amount(row.compensation), 'number'],
    ['deadline', row => time(row.deadline)]
  ], rows, true)));

function showStops(stops) {
  fill('stopped', table('Stopped now', [
    ['part', row => row.what + (row.drain ? ', draining' : '')],
    ['which', row => make('span', { class: 'mono' }, row.subject)],
    ['why', row => row.reason, 'words'],
    ['since', row => time(row.since)]
  ], stops.data));
}

let parameters = [];

async function readParameters() {
  parameters = (await ask('/api/admin/parameters')).data;
  const decide = (verb, proposal) => make('button', {
    type: 'button',
    onclick: () => attempt(async () => {
      await ask('/api/admin/' + verb + '/' + proposal.id, { reason: $('why').value });
      $('propose-answer').textContent = verb === 'approvals' ? 'Approved.' : 'Withdrawn.';
      await readParameters();
    })
  }, verb === 'approvals' ? 'Approve' : 'Withdraw');
  fill('parameter-list', table('Parameters', [
    ['name', row => row.name],
    ['value', row => count(row.value), 'number'],
    ['configured', row => count(row.configured), 'number'],
    ['between', row => count(row.least) + ' and ' + count(row.most)],
    ['on its way', row => row.proposal
      ? row.proposal.value + ' by ' + row.proposal.by + ': ' + row.proposal.reason
        + (row.proposal.approvedBy ? ' (approved by ' + row.proposal.approvedBy + ')' : '') : '', 'words'],
    ['in force', row => row.proposal ? time(row.proposal.effectiveAt) : ''],
    ['', row => row.proposal && !row.proposal.approvedBy && roles.includes('approver') ? decide('approvals', row.proposal) : ''],
    ['', row => row.proposal && roles.includes('operator') ? decide('withdrawals', row.proposal) : '']
  ], parameters, true));
  if (!$('parameter').options.length) {
    fill('parameter', ...parameters.map(one => make('option', { value: one.name }, one.name)));
  }
}

// --- Coming and going -------------------------------------------------------------------------------------------------

async function enter(text) {
  token = text;
  const who = await ask('/api/admin/whoami');
  roles = who.roles;
  const open = path => fetch(path, { credentials: 'omit' }).then(answer => answer.json());
  const [market, sold] = await Promise.all([open('/api/market'), open('/api/models')]);
  models = new Map(sold.data.map(one => [one.digest, one.name]));
  money = { symbol: market.token.symbol, decimals: market.token.decimals };
  $('who').textContent = who.name + ' (' + roles.join(', ') + ')';
  $('enter').hidden = true;
  for (const id of ['main', 'nav', 'leave']) $(id).hidden = false;
  $('propose-fields').disabled = !roles.includes('operator') && !roles.includes('approver');
  $('stop-fields').disabled = !roles.includes('operator');
  const log = await ask('/api/admin/log?limit=50');
  logged.splice(0, logged.length, ...log.data);
  lastEventId = logged.length ? String(logged[0].number) : '0';
  showLog();
  following = new AbortController();
  follow(following);
  await Promise.all([readWorkers(), readJobs(), readMoney(), readRequesters(), readSignals(), readEpochs(), readAudits(), readCases(), readParameters(), ask('/api/admin/pauses').then(showStops)]);
}

function leave() {
  if (following) following.abort();
  token = '';
  location.reload(); // what was shown goes with the page
}

$('enter').addEventListener('submit', event => {
  event.preventDefault();
  const text = $('token').value.trim();
  $('token').value = '';
  attempt(() => enter(text));
});
$('leave').addEventListener('click', leave);
$('selling').addEventListener('change', () => attempt(readWorkers));
$('open').addEventListener('change', () => attempt(readJobs));
$('signals-again').addEventListener('click', () => attempt(readSignals));
$('audits-open').addEventListener('change', () => attempt(readAudits));
$('cases-open').addEventListener('change', () => attempt(readCases));
$('requesters-again').addEventListener('click', () => attempt(readMoney));
$('find-job').addEventListener('submit', event => {
  event.preventDefault();
  attempt(() => showJob($('job-id').value.trim()));
});
$('stop').addEventListener('submit', event => {
  event.preventDefault();
  const verb = event.submitter ? event.submitter.value : 'pauses';
  attempt(async () => {
    const body = { what: $('what').value, reason: $('reason').value };
    if (event.submitter?.value === 'pauses' && $('drain').checked) body.drain = true;
    if (body.what !== 'market' && body.what !== 'settlement') body.subject = $('subject').value.trim().toLowerCase();
    showStops(await ask('/api/admin/' + verb, body));
    $('stop-answer').textContent = verb === 'pauses' ? 'Stopped.' : 'Let go.';
    $('reason').value = '';
  });
});

$('propose').addEventListener('submit', event => {
  event.preventDefault();
  attempt(async () => {
    const one = parameters.find(known => known.name === $('parameter').value);
    await ask('/api/admin/parameters/' + one.name + '/proposals', { value: Number($('value').value), reason: $('why').value },
      { 'if-match': '"' + one.version + '"' });
    $('propose-answer').textContent = 'Proposed.';
    await readParameters();
  });
});

// A link may bring the token behind the #, which no server sees; it does not stay in the address.
const brought = /^#token=([A-Za-z0-9._-]+)$/.exec(location.hash);
if (brought) {
  history.replaceState(null, '', location.pathname);
  attempt(() => enter(brought[1]));
}
