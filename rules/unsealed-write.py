# at: src/attending/adapters/storage/planted.py
def by_value(self, run):
    # ruleid: unsealed-write
    self.unit.run(
        "insert into attending.runs (tenant_id, id, output) values (%s, %s, %s)",
        self.unit.tenant,
        run.id,
        run.output,
    )
    # ruleid: unsealed-write
    self.unit.run("update attending.patients set identity = %s where id = %s", run.output, run.id)


def by_name(self, run):
    # ruleid: sealed-in-name-alone
    sealed = run.output
    self.unit.run("insert into attending.runs (id, output) values (%s, %s)", run.id, sealed)


def half(self, cipher, signature, proof):
    # ruleid: unsealed-write-of-two
    self.unit.run(
        "insert into attending.signatures (id, payload, proof) values (%s, %s, %s)",
        signature.id,
        cipher.seal(f"signatures/payload/{signature.id}", signature.payload),
        proof,
    )


def right(self, cipher, run):
    # ok: unsealed-write, sealed-in-name-alone
    sealed = cipher.seal(f"runs/output/{run.id}", run.output)
    # ok: unsealed-write
    self.unit.run("insert into attending.runs (id, output) values (%s, %s)", run.id, sealed)
    # ok: unsealed-write
    self.unit.run("update attending.cases set state = %s where id = %s", "signed", run.id)
    # ok: unsealed-write-of-two
    self.unit.run(
        "insert into attending.signatures (id, payload, proof) values (%s, %s, %s)",
        run.id,
        cipher.seal("signatures/payload", run.payload),
        cipher.seal("signatures/proof", run.proof),
    )
