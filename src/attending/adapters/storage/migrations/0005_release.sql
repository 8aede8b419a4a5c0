-- Signing and release. The database checks what it can; the proof it cannot make, and
-- the releaser checks that with public keys.

create table attending.signatures (
  tenant_id    uuid not null,
  id           uuid not null,
  case_id      uuid not null,
  version      integer not null,  -- of the case that was signed
  action       text not null check (action in ('write', 'amend', 'retract')),
  target_id    uuid not null,
  digest       text not null check (digest ~ '^[0-9a-f]{64}$'),
  payload      bytea not null,    -- ciphertext of exactly what was signed
  proof        bytea not null,    -- ciphertext: it names a person
  principal_id uuid not null,
  signed_at    timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, case_id, version),
  foreign key (tenant_id, case_id) references attending.cases (tenant_id, id),
  foreign key (tenant_id, target_id) references attending.record_targets (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index signatures_by_person on attending.signatures (tenant_id, principal_id, signed_at);
select attending.protect('signatures');
select attending.keep_forever('signatures');
grant select, insert on attending.signatures to attending_web;
grant select on attending.signatures to attending_releaser;

create table attending.releases (
  tenant_id    uuid not null,
  id           uuid not null,
  case_id      uuid not null,
  signature_id uuid not null,
  target_id    uuid not null,
  digest       text not null,
  state        text not null,
  version      integer not null,
  attempts     integer not null default 0,
  reference    text not null default '',  -- of the resource; the record's id, no content
  written      bytea,                     -- ciphertext: the resource as read back
  reason       text not null default '',
  untouched    boolean not null default false  -- failed, and nothing of it is in the record
    check (state in ('failed', 'pending') or not untouched),
  changed_at   timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, signature_id, target_id),
  foreign key (tenant_id, case_id) references attending.cases (tenant_id, id),
  foreign key (tenant_id, signature_id) references attending.signatures (tenant_id, id),
  foreign key (tenant_id, target_id) references attending.record_targets (tenant_id, id)
);
create index releases_by_case on attending.releases (tenant_id, case_id);
create index releases_by_target on attending.releases (tenant_id, target_id, state, changed_at);
select attending.protect('releases');
grant select, insert on attending.releases to attending_web;
grant update (state, version, reason, changed_at) on attending.releases to attending_web;
grant select on attending.releases to attending_releaser;
grant update (state, version, attempts, reference, written, reason, untouched, changed_at)
  on attending.releases to attending_releaser;

create function attending.check_signature() returns trigger
language plpgsql
as $$
begin
  if not exists (
    select from attending.cases c
    where c.tenant_id = new.tenant_id and c.id = new.case_id and c.version = new.version
      and c.state = case when new.action = 'retract' then 'released' else 'in_review' end
  ) then
    raise exception 'the case cannot be signed at this version' using errcode = 'AT005',
      detail = attending.stands_now(new.case_id);
  end if;
  if not attending.is_clinician(new.principal_id) then
    raise exception 'the principal may not sign' using errcode = 'AT009';
  end if;
  -- The releaser holds the proof's times against this one: it is not made up. Two
  -- minutes are for the clocks of the servers.
  if abs(extract(epoch from clock_timestamp() - new.signed_at)) > 120 then
    raise exception 'a signature bears the time at which it is made' using errcode = 'AT016';
  end if;
  if not attending.fully_decided(new.case_id, new.version) then
    raise exception 'not every section is decided' using errcode = 'AT010',
      detail = attending.stands_now(new.case_id);
  end if;
  if new.action <> 'retract' and exists (
    select from attending.draft_sections s
    where s.tenant_id = new.tenant_id and s.case_id = new.case_id
      and not attending.seen(new.case_id, s.section, new.principal_id)
  ) then
    raise exception 'signed without having been seen' using errcode = 'AT007',
      detail = attending.stands_now(new.case_id);
  end if;
  return new;
end $$;
create trigger reviewed_first before insert on attending.signatures
  for each row execute function attending.check_signature();

-- The case is signed, and this is its last signature: nothing is written of a case that
-- went back into review, or that was signed anew since.
create function attending.signed_last(the_case uuid, the_signature uuid) returns boolean
language sql stable
as $$
  select exists (
    select from attending.cases c
    where c.tenant_id = attending.tenant() and c.id = the_case and c.state = 'signed')
  and the_signature = (
    select s.id from attending.signatures s
    where s.tenant_id = attending.tenant() and s.case_id = the_case
    order by s.version desc limit 1)
$$;

-- A release without a signature over the same digest is refused (invariant 1).
create function attending.release_step() returns trigger
language plpgsql
as $$
declare
  encounter uuid;
begin
  perform attending.check_transition('release',
    case when tg_op = 'INSERT' then '' else old.state end, new.state,
    case when tg_op = 'INSERT' then 0 else old.version end, new.version);
  -- To fail is always possible: what is refused here must reach a person.
  if new.state <> 'failed' and not exists (
    select from attending.signatures s
    where s.tenant_id = new.tenant_id and s.id = new.signature_id
      and s.case_id = new.case_id and s.target_id = new.target_id and s.digest = new.digest
      and attending.is_clinician(s.principal_id)
      and attending.fully_decided(s.case_id, s.version)
  ) then
    raise exception 'no signature stands for this release' using errcode = 'AT011';
  end if;
  if (tg_op = 'INSERT' or new.state = 'writing')
     and not attending.signed_last(new.case_id, new.signature_id) then
    raise exception 'the case is not, or no longer, signed by this' using errcode = 'AT017',
      detail = attending.stands_now(new.case_id);
  end if;
  if new.state = 'written' and (new.reference = '' or new.written is null) then
    raise exception 'a written release names its resource' using errcode = 'AT012';
  end if;
  select c.encounter_id into strict encounter
  from attending.cases c where c.tenant_id = new.tenant_id and c.id = new.case_id;
  perform attending.record_transition(encounter, 'release', new.id,
    case when tg_op = 'INSERT' then '' else old.state end, new.state, new.version, new.reason);
  return new;
end $$;
create trigger step before insert or update on attending.releases
  for each row execute function attending.release_step();

create function attending.case_step() returns trigger
language plpgsql
as $$
begin
  perform attending.check_transition('case',
    case when tg_op = 'INSERT' then '' else old.state end, new.state,
    case when tg_op = 'INSERT' then 0 else old.version end, new.version);
  -- One "if" inside the other: a condition's tables are all checked for this role's rights,
  -- even where "and" would stop before them, and the inference process may not read all.
  if new.state = 'in_review' then
    if not exists (
      select from attending.drafts d
      where d.tenant_id = new.tenant_id and d.case_id = new.id
    ) then
      raise exception 'a case without a draft cannot be reviewed' using errcode = 'AT013';
    end if;
  end if;
  if new.state = 'signed' then
    if not exists (
      select from attending.signatures s
      where s.tenant_id = new.tenant_id and s.case_id = new.id
        and (old.state = 'failed'  -- a release that failed is tried again
             or (s.version = old.version
                 and (s.action = 'retract') = (old.state = 'released')))
    ) then
      raise exception 'no signature stands for this version' using errcode = 'AT011';
    end if;
  end if;
  if new.state in ('released', 'retracted') then
    if not exists (
      select from attending.releases r
      join attending.signatures s on s.tenant_id = r.tenant_id and s.id = r.signature_id
      where r.tenant_id = new.tenant_id and r.case_id = new.id and r.state = 'written'
        and (s.action = 'retract') = (new.state = 'retracted')
        and s.version = (
          select max(l.version) from attending.signatures l
          where l.tenant_id = new.tenant_id and l.case_id = new.id)
    ) then
      raise exception 'nothing was written for this case' using errcode = 'AT014';
    end if;
  end if;
  if new.state <> coalesce(case when tg_op = 'UPDATE' then old.state end, '') then
    perform attending.record_transition(new.encounter_id, 'case', new.id,
      case when tg_op = 'INSERT' then '' else old.state end, new.state, new.version, new.reason);
  end if;
  return new;
end $$;
create trigger step before insert or update on attending.cases
  for each row execute function attending.case_step();

-- Work that a person owns: nothing is dropped (invariant 13).
create table attending.failures (
  tenant_id    uuid not null,
  id           uuid not null,
  encounter_id uuid not null,
  subject      text not null check (subject in ('source', 'case', 'release')),
  subject_id   uuid not null,
  step         text not null,
  code         text not null,
  explanation  bytea not null,  -- ciphertext: a record system's words may name a patient
  state        text not null default 'open' check (state in ('open', 'closed')),
  resolution   text not null default '',
  owner_id     uuid,
  opened_at    timestamptz not null default clock_timestamp(),
  closed_at    timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, encounter_id) references attending.encounters (tenant_id, id),
  foreign key (tenant_id, owner_id) references attending.principals (tenant_id, id)
);
create index failures_open on attending.failures (tenant_id, state, opened_at);
create unique index failures_once on attending.failures (tenant_id, subject, subject_id)
  where state = 'open';
select attending.protect('failures');
grant select on attending.failures to attending_web, attending_inference, attending_releaser;
grant insert on attending.failures to attending_inference, attending_releaser;
grant update (state, resolution, owner_id, closed_at) on attending.failures to attending_web;

-- Who gave a failure to whom, and what was said with it. The last one holds.
create table attending.handovers (
  tenant_id  uuid not null,
  id         uuid not null,
  failure_id uuid not null,
  giver_id   uuid not null,
  owner_id   uuid not null,
  note       bytea not null,  -- ciphertext: it may name the patient
  at         timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, failure_id) references attending.failures (tenant_id, id),
  foreign key (tenant_id, giver_id) references attending.principals (tenant_id, id),
  foreign key (tenant_id, owner_id) references attending.principals (tenant_id, id)
);
create index handovers_by_failure on attending.handovers (tenant_id, failure_id, at desc);
select attending.protect('handovers');
select attending.keep_forever('handovers');
grant select, insert on attending.handovers to attending_web;

create function attending.check_rejection() returns trigger
language plpgsql
as $$
begin
  if not exists (
    select from attending.cases c
    where c.tenant_id = new.tenant_id and c.id = new.case_id
      and c.state = 'rejected' and c.version = new.version
  ) then
    raise exception 'the case was not rejected at this version' using errcode = 'AT005',
      detail = attending.stands_now(new.case_id);
  end if;
  if not attending.is_clinician(new.principal_id) then
    raise exception 'the principal may not decide' using errcode = 'AT009';
  end if;
  return new;
end $$;
create trigger rejected_first before insert on attending.rejections
  for each row execute function attending.check_rejection();
