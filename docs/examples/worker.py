"""A whole worker in 150 lines of Python's standard library: what any device needs to sell compute on Assay.

It serves all-minilm-l6-v2 through any OpenAI-compatible runtime that has the model in 32-bit floats:
    ASSAY_MARKET=http://127.0.0.1:8080 ASSAY_KEY_FILE=key.hex ASSAY_RUNTIME=http://127.0.0.1:11434/v1 python3 worker.py
The file holds a session key of 64 hexadecimal digits that a staked wallet has bound. ASSAY_JOBS=n stops after n jobs.
Signing here is plain arithmetic: fine for a key that can only attest, on a machine of your own.
"""
import base64, json, os, secrets, struct, time, urllib.request

MARKET, RUNTIME = os.environ["ASSAY_MARKET"].rstrip("/"), os.environ["ASSAY_RUNTIME"].rstrip("/")
KEY = int(open(os.environ["ASSAY_KEY_FILE"]).read().strip().removeprefix("0x"), 16)
MODEL, PRICE, CONCURRENCY = "all-minilm-l6-v2", "20000", 1
P, N = 2**256 - 2**32 - 977, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)
ROTATIONS = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61], [28, 55, 25, 21, 56], [27, 20, 39, 8, 14]]
MASK = 2**64 - 1

def keccak(data):
    """Keccak-256 as Ethereum uses it: padding 0x01, not SHA-3's 0x06."""
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % 136)
    padded[-1] |= 0x80
    a, turn = [[0] * 5 for _ in range(5)], lambda v, n: (v << n | v >> (64 - n)) & MASK if n else v
    for start in range(0, len(padded), 136):
        for i, lane in enumerate(struct.unpack("<17Q", padded[start:start + 136])):
            a[i % 5][i // 5] ^= lane
        lfsr = 1
        for _ in range(24):
            c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
            d = [c[x - 1] ^ turn(c[(x + 1) % 5], 1) for x in range(5)]
            b = [[0] * 5 for _ in range(5)]
            for x in range(5):
                for y in range(5):
                    b[y][(2 * x + 3 * y) % 5] = turn(a[x][y] ^ d[x], ROTATIONS[x][y])
            a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
            for bit in range(7):
                if lfsr & 1:
                    a[0][0] ^= 1 << ((1 << bit) - 1)
                lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
    return struct.pack("<4Q", a[0][0], a[1][0], a[2][0], a[3][0])

def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    m = (3 * p[0] * p[0] * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)) % P
    x = (m * m - p[0] - q[0]) % P
    return x, (m * (p[0] - x) - p[1]) % P

def times(k, p=G):
    result = None
    while k:
        result, p, k = (add(result, p) if k & 1 else result), add(p, p), k >> 1
    return result

def sign(digest):
    """65 bytes r, s, v with low s, as docs/reference/protocol.md asks for."""
    while True:
        k = secrets.randbelow(N - 1) + 1
        x, y = times(k)
        r, s = x % N, pow(k, -1, N) * (int.from_bytes(digest, "big") + x % N * KEY) % N
        if x < N and r and s:
            v = y & 1 if s <= N // 2 else 1 - (y & 1)
            return "0x" + r.to_bytes(32, "big").hex() + min(s, N - s).to_bytes(32, "big").hex() + bytes([27 + v]).hex()

ADDRESS = keccak(b"".join(c.to_bytes(32, "big") for c in times(KEY)))[12:].hex()
SUMMED = keccak(ADDRESS.encode()).hex()
CHECKSUMMED = "0x" + "".join(c.upper() if int(SUMMED[i], 16) > 7 else c for i, c in enumerate(ADDRESS))  # EIP-55
word = lambda value: (bytes.fromhex(value[2:]) if isinstance(value, str) else value.to_bytes(32, "big")).rjust(32, b"\0")
run = lambda data: struct.pack(">I", len(data)) + data  # the canonical bytes of protocol.content
hexed = lambda data: "0x" + data.hex()

def typed(court, type_string, values):
    """The EIP-712 digest of a struct in the Court's domain."""
    domain = keccak(keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
                    + keccak(b"Assay") + keccak(b"1") + word(court["chainId"]) + word(court["verifyingContract"]))
    return keccak(b"\x19\x01" + domain + keccak(keccak(type_string.encode()) + b"".join(map(word, values))))

ASSIGNMENT = ("Assignment(bytes32 jobId,uint32 attempt,bytes32 spec,address worker,uint16 method,uint64 price,"
              "uint64 bond,uint64 assignedAt,uint64 deadline)")
ATTESTATION = ("ResultAttestation(bytes32 jobId,uint32 attempt,bytes32 assignment,address worker,bytes32 modelDigest,"
               "bytes32 profileDigest,bytes32 inputDigest,bytes32 outputCommitment,bytes32 evidenceRoot,"
               "bytes32 toleranceDigest,uint16 method,uint64 inputUnits,uint64 outputUnits,uint64 epoch,uint64 issuedAt)")
OUTPUT = "Output(bytes32 jobId,uint32 attempt,address worker,bytes32 salt,bytes32 outputDigest)"

def call(method, url, body=None, token=None, timeout=60):
    headers = {"content-type": "application/json"} | ({"authorization": "Bearer " + token} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=timeout) as answer:
        return json.loads(answer.read() or b"null")

def sign_in():
    chain = call("GET", MARKET + "/api/market")["chainId"]
    nonce = call("POST", MARKET + "/api/auth/siwe/nonce", {})["nonce"]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    message = (f"{MARKET.split('://')[1]} wants you to sign in with your Ethereum account:\n{CHECKSUMMED}\n\n"
               f"Sign in to work at this market. No money moves.\n\nURI: {MARKET}\nVersion: 1\n"
               f"Chain ID: {chain}\nNonce: {nonce}\nIssued At: {now}")
    prefixed = f"\x19Ethereum Signed Message:\n{len(message.encode())}{message}".encode()
    return call("POST", MARKET + "/worker/v1/sessions", {"message": message, "signature": sign(keccak(prefixed))})

def merkle_root(leaves):
    nodes = [None] * (len(leaves) - 1) + sorted(leaves, reverse=True)
    for i in range(len(leaves) - 2, -1, -1):
        nodes[i] = keccak(b"".join(sorted((nodes[2 * i + 1], nodes[2 * i + 2]))))
    return nodes[0]

def result_of(lease, session):
    job, texts = lease["assignment"], lease["input"]["texts"]
    answers = [call("POST", RUNTIME + "/embeddings", {"model": MODEL, "input": text, "encoding_format": "float"})
               for text in texts]  # one text a run: the profile's rule
    vectors = [struct.pack(f"<{len(v)}f", *(x + 0.0 for x in v)) for v in (a["data"][0]["embedding"] for a in answers)]
    dimensions, packed = len(vectors[0]) // 4, b"".join(vectors)
    digest = keccak(run(b"assay/output/embeddings/1") + struct.pack(">II", len(texts), dimensions) + run(packed))
    parts = [keccak(keccak(run(b"assay/output/embeddings/vector/1") + struct.pack(">I", i) + run(v)))
             for i, v in enumerate(vectors)]
    salt = secrets.token_bytes(32)
    commitment = keccak(keccak(OUTPUT.encode()) + b"".join(map(word, (
        job["jobId"], job["attempt"], job["worker"], hexed(salt), hexed(digest)))))
    assigned = [int(job[f]) if f in ("price", "bond") else job[f] for f in
                ("jobId", "attempt", "spec", "worker", "method", "price", "bond", "assignedAt", "deadline")]
    claim = {"jobId": job["jobId"], "attempt": job["attempt"],
             "assignment": hexed(typed(session["court"], ASSIGNMENT, assigned)), "worker": job["worker"],
             "modelDigest": lease["modelDigest"],
             "profileDigest": hexed(keccak(run(b"assay/profile/1") + run(lease["profile"].encode()))),
             "inputDigest": lease["inputDigest"], "outputCommitment": hexed(commitment),
             "evidenceRoot": hexed(merkle_root(parts)), "toleranceDigest": "0x" + "00" * 32,
             "method": job["method"], "inputUnits": sum(a["usage"]["prompt_tokens"] for a in answers),
             "outputUnits": 0, "epoch": lease["epoch"], "issuedAt": int(time.time())}
    return {"attestation": claim, "signature": sign(typed(session["court"], ATTESTATION, claim.values())),
            "outputSalt": hexed(salt), "output": {"kind": "embeddings", "count": len(texts), "dimensions": dimensions,
                                                  "float32": base64.b64encode(packed).decode()}}

def main():
    session, done, wanted = sign_in(), 0, int(os.environ.get("ASSAY_JOBS", "0"))
    token, model = session["token"], call("GET", f"{MARKET}/api/models/{MODEL}")["digest"]
    call("PUT", MARKET + "/worker/v1/offers", {"region": "eu", "offers": [{
        "modelDigest": model, "profile": "f32-cpu", "inputPrice": PRICE, "outputPrice": "0",
        "concurrency": CONCURRENCY}]}, token)
    while not wanted or done < wanted:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        answer = call("POST", MARKET + "/worker/v1/leases?wait=25s",
                      {"capacity": CONCURRENCY, "agentVersion": "worker.py/1", "sentAt": now}, token)
        for lease in answer["leases"]:
            outcome = call("POST", MARKET + "/worker/v1/results", {"results": [result_of(lease, session)]}, token)
            print(outcome["answers"][0]["outcome"], outcome["answers"][0]["because"], flush=True)
            done += 1
        if not answer["leases"]:
            print("idle:", answer["idleBecause"], flush=True)
            time.sleep(1)

if __name__ == "__main__":
    main()
