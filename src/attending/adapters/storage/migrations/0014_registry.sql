-- The registry: versions of models, prompts and check sets, what they were measured to do,
-- who promoted them, and which of them answers whom. Rows are only ever added.
-- What a version is, and how it did on which data, are facts of the installation: an
-- administrator writes them, by command, and no serving role. What a clinic promotes and
-- rolls out is the clinic's (docs/decisions/0015-registry.md).

create table attending.model_versions (
  id            uuid primary key,  -- derived of all that follows up to the digest
  kind          text not null check (kind in ('model', 'prompt', 'checks')),
  name          text not null check (name <> ''),
  version       text not null check (version <> ''),
  digest        text not null check (digest ~ '^[0-9a-f]{64}$'),  -- of its weights or its code
  manifest      jsonb not null,  -- what the card says: data, licences, intended use, limits
  registered_by text not null check (registered_by <> ''),  -- as the issuer knows them
  trained_by    text not null,                              -- the same, or ''
  at            timestamptz not null default clock_timestamp(),
  unique (kind, name, version, digest)
);
alter table attending.model_versions owner to attending_owner;
select attending.keep_forever('model_versions');
grant select on attending.model_versions to attending_web, attending_inference;

create table attending.evaluations (
  id             uuid primary key,
  version_id     uuid not null references attending.model_versions,
  task           text not null,
  dataset        text not null,
  dataset_digest text not null check (dataset_digest <> ''),
  document       text not null,  -- RFC 8785 JSON: dataset, digest, subject, measures
  digest         text not null
    check (digest = encode(sha256(convert_to(document, 'UTF8')), 'hex')),
  added_by       text not null check (added_by <> ''),
  at             timestamptz not null default clock_timestamp(),
  unique (version_id, digest)
);
alter table attending.evaluations owner to attending_owner;
select attending.keep_forever('evaluations');
grant select on attending.evaluations to attending_web, attending_inference;

-- A clinician's word that a version may answer here. The statement is the very text whose
-- digest the proof carries; whether the proof holds the database cannot know: the web
-- process asks before it writes one, and the inference process before it believes one.
create table attending.promotions (
  tenant_id    uuid not null,
  id           uuid not null,
  version_id   uuid not null references attending.model_versions,
  statement    text not null,  -- RFC 8785 JSON: version, evaluations, gates, who signs
  digest       text not null
    check (digest = encode(sha256(convert_to(statement, 'UTF8')), 'hex')),
  proof        text not null check (proof <> ''),  -- JSON; inference reads it, so it is not sealed
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, digest),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index promotions_by_version on attending.promotions (tenant_id, version_id, at desc);
select attending.protect('promotions');
select attending.keep_forever('promotions');
grant select, insert on attending.promotions to attending_web;
grant select on attending.promotions to attending_inference;
-- Inference verifies a promotion by what the admin key has signed for.
grant select on attending.trust_statements to attending_inference;

create function attending.check_promotion() returns trigger
language plpgsql
as $$
declare
  said jsonb := new.statement::jsonb;
begin
  if not attending.is_clinician(new.principal_id) then
    raise exception 'the principal may not sign' using errcode = 'AT009';
  end if;
  if abs(extract(epoch from clock_timestamp() - new.at)) > 120 then
    raise exception 'a signature bears the time at which it is made' using errcode = 'AT016';
  end if;
  if said->>'tenant' is distinct from new.tenant_id::text
     or said->>'version_id' is distinct from new.version_id::text
     or said->>'signer' is distinct from new.principal_id::text then
    raise exception 'the promotion is stored as another' using errcode = 'AT090';
  end if;
  if exists (
    select from attending.model_versions v
    join attending.principals p on p.tenant_id = new.tenant_id and p.id = new.principal_id
    where v.id = new.version_id
      and (v.registered_by in (p.subject, p.id::text) or v.trained_by in (p.subject, p.id::text))
  ) then
    raise exception 'nobody promotes what they made themselves' using errcode = 'AT091';
  end if;
  if coalesce(jsonb_array_length(said->'evaluations'), 0) = 0 or exists (
    select from jsonb_array_elements(said->'evaluations') e
    where not exists (
      select from attending.evaluations v
      where v.id::text = e->>'id' and v.version_id = new.version_id and v.digest = e->>'digest')
  ) then
    raise exception 'an evaluation of it is missing, or another' using errcode = 'AT092';
  end if;
  if coalesce(jsonb_array_length(said->'gates'), 0) = 0 or exists (
    select from jsonb_array_elements(said->'gates') g where g->>'outcome' is distinct from 'passed'
  ) then
    raise exception 'a gate was not passed' using errcode = 'AT093';
  end if;
  return new;
end $$;
create trigger signed_first before insert on attending.promotions
  for each row execute function attending.check_promotion();

create function attending.audit_promotion() returns trigger
language plpgsql
as $$
begin
  perform attending.audit(new.principal_id::text, 'model.promoted', new.version_id::text,
    jsonb_build_object('promotion', new.id, 'digest', new.digest));
  return null;
end $$;
create trigger audited after insert on attending.promotions
  for each row execute function attending.audit_promotion();

-- Which version has which part, on which line, for whom: the latest act on a version counts.
create table attending.rollouts (
  tenant_id    uuid not null references attending.tenants,
  id           uuid not null,
  line         text not null check (line <> ''),
  cohort       text not null
    check (cohort ~ '^(\*|(site|clinician):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$'),
  version_id   uuid not null references attending.model_versions,
  role         text not null
    check (role in ('champion', 'canary', 'challenger', 'shadow', 'paused', 'withdrawn')),
  share        double precision not null default 0 check (share >= 0 and share <= 1),
  principal_id uuid,  -- null for an administrator
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  check ((role = 'canary') = (share > 0)),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index rollouts_by_line on attending.rollouts (tenant_id, line, at desc);
select attending.protect('rollouts');
select attending.keep_forever('rollouts');
grant select, insert on attending.rollouts to attending_web;
grant select on attending.rollouts to attending_inference;

-- Who shows a version's answers to people needs its promotion. An engineer rolls out and
-- back; a safety officer only ever takes away; without a person it is an administrator.
create function attending.check_rollout() returns trigger
language plpgsql
as $$
begin
  new.at := clock_timestamp();  -- nobody writes the past
  if new.principal_id is null and current_user <> 'attending_owner' then
    raise exception 'a rollout bears the name of who makes it' using errcode = 'AT094';
  end if;
  if new.principal_id is not null and not exists (
    select from attending.principals p
    where p.tenant_id = new.tenant_id and p.id = new.principal_id
      and ('engineer' = any (p.roles)
           or new.role in ('paused', 'withdrawn') and 'safety_officer' = any (p.roles))
  ) then
    raise exception 'the principal may not roll out' using errcode = 'AT095';
  end if;
  if new.role in ('champion', 'canary') and not exists (
    select from attending.promotions p
    where p.tenant_id = new.tenant_id and p.version_id = new.version_id
  ) then
    raise exception 'the version was not promoted here' using errcode = 'AT096';
  end if;
  return new;
end $$;
create trigger promoted_first before insert on attending.rollouts
  for each row execute function attending.check_rollout();

create function attending.audit_rollout() returns trigger
language plpgsql
as $$
begin
  perform attending.audit(
    coalesce(new.principal_id::text, 'administrator'), 'rollout.' || new.role,
    new.version_id::text,
    jsonb_strip_nulls(jsonb_build_object(
      'line', new.line, 'cohort', new.cohort,
      'percent', case when new.role = 'canary' then round(new.share * 100) end)));
  return null;
end $$;
create trigger audited after insert on attending.rollouts
  for each row execute function attending.audit_rollout();

-- What a shadow or a challenger answered is kept beside the draft, and never becomes one.
create function attending.check_answer() returns trigger
language plpgsql
as $$
begin
  if not exists (
    select from attending.runs r
    where r.tenant_id = new.tenant_id and r.id = new.run_id and r.step = 'infer'
  ) then
    raise exception 'the run is not one that answers' using errcode = 'AT097';
  end if;
  return new;
end $$;
create trigger answers_only before insert on attending.drafts
  for each row execute function attending.check_answer();

-- Which version answered, whom, and when.
create index runs_by_time on attending.runs (tenant_id, step, finished_at desc);
