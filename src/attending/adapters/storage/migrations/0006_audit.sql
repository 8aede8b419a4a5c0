-- The audit history, one per tenant: a hash chain and a Merkle tree over the same entries
-- (docs/decisions/0008-audit-tree.md), and the spans of the timeline.

create table attending.audit_heads (
  tenant_id uuid primary key references attending.tenants,
  seq       bigint not null,   -- of the last entry: the size of the tree
  hash      bytea not null,    -- of the last entry: the head of the chain
  peaks     bytea[] not null   -- the tree's frontier (core/merkle.py): its root takes no entry
);
select attending.protect('audit_heads');
grant select on attending.audit_heads to attending_web, attending_inference, attending_releaser;

create table attending.audit_log (
  tenant_id uuid not null references attending.tenants,
  seq       bigint not null,
  entry     text not null,   -- the hashed text itself, JSON: at, actor, action, subject, detail
  hash      bytea not null,  -- SHA-256 of the hash before it, then the entry's leaf
  primary key (tenant_id, seq)
);
select attending.protect('audit_log');
select attending.keep_forever('audit_log');
grant select on attending.audit_log to attending_web, attending_inference, attending_releaser;

-- To find the entries of a case among millions. Derived: what counts is the text.
create table attending.audit_subjects (
  tenant_id uuid not null references attending.tenants,
  subject   text not null,
  seq       bigint not null,
  primary key (tenant_id, subject, seq)
);
select attending.protect('audit_subjects');
select attending.keep_forever('audit_subjects');
grant select on attending.audit_subjects to attending_web;

-- The only way to write audit. The head row is locked, so that writers of one tenant
-- queue up and those of two never meet. Call it last in a transaction.
create function attending.audit(actor text, action text, subject text, detail jsonb)
returns bigint
language plpgsql security definer set search_path = pg_catalog, attending, pg_temp
as $$
declare
  head attending.audit_heads;
  entry text;
  leaf bytea;  -- RFC 6962: SHA-256 of 0x00, then the entry
  hashed bytea;
  carried bigint;
begin
  select * into head from attending.audit_heads
  where tenant_id = attending.tenant() for update;
  if not found then
    insert into attending.audit_heads (tenant_id, seq, hash, peaks)
    values (attending.tenant(), 0, sha256(convert_to(attending.tenant()::text, 'UTF8')), '{}')
    on conflict do nothing;
    select * into strict head from attending.audit_heads
    where tenant_id = attending.tenant() for update;
  end if;
  entry := jsonb_build_object(
    'seq', head.seq + 1, 'at', clock_timestamp(), 'role', session_user,
    'actor', actor, 'action', action, 'subject', subject, 'detail', detail)::text;
  leaf := sha256(decode('00', 'hex') || convert_to(entry, 'UTF8'));
  hashed := sha256(head.hash || leaf);
  insert into attending.audit_log (tenant_id, seq, entry, hash)
  values (head.tenant_id, head.seq + 1, entry, hashed);
  insert into attending.audit_subjects (tenant_id, subject, seq)
  values (head.tenant_id, subject, head.seq + 1);
  -- Two full subtrees of one size become one, as a counter carries.
  carried := head.seq;
  while carried & 1 = 1 loop
    leaf := sha256(decode('01', 'hex') || head.peaks[cardinality(head.peaks)] || leaf);
    head.peaks := trim_array(head.peaks, 1);
    carried := carried >> 1;
  end loop;
  update attending.audit_heads set seq = head.seq + 1, hash = hashed, peaks = head.peaks || leaf
  where tenant_id = head.tenant_id;
  return head.seq + 1;
end $$;
alter function attending.audit owner to attending_owner;
revoke execute on function attending.audit from public;
grant execute on function attending.audit to attending_web, attending_inference, attending_releaser;

create table attending.spans (
  tenant_id    uuid not null references attending.tenants,
  span_id      text not null,
  trace_id     text not null,
  parent_id    text not null default '',
  encounter_id uuid not null,
  name         text not null,
  process      text not null,
  started_at   timestamptz not null,
  ended_at     timestamptz not null,
  failed       text not null default '',  -- an error's code
  attributes   jsonb not null,            -- ids and numbers alone
  primary key (tenant_id, span_id),
  foreign key (tenant_id, encounter_id) references attending.encounters (tenant_id, id)
);
create index spans_by_encounter on attending.spans (tenant_id, encounter_id, started_at);
select attending.protect('spans');
select attending.keep_forever('spans');
grant select, insert on attending.spans to attending_web, attending_inference, attending_releaser;
