-- What came in, what a model made of it, and what guards said.

create table attending.sources (
  tenant_id    uuid not null,
  id           uuid not null,
  encounter_id uuid not null,
  line         text not null,
  media_type   text not null,
  digest       text not null,   -- SHA-256 of the content, within this tenant alone
  size         bigint not null,
  blob         text not null,   -- key under the tenant's prefix
  hints        bytea not null,  -- ciphertext: words to expect
  principal_id uuid not null,
  received_at  timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, id, encounter_id),
  unique (tenant_id, encounter_id, line, digest),
  unique (tenant_id, blob),
  foreign key (tenant_id, encounter_id) references attending.encounters (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
select attending.protect('sources');
select attending.keep_forever('sources');
grant select, insert on attending.sources to attending_web;
grant select on attending.sources to attending_inference, attending_releaser;

create table attending.source_states (
  tenant_id uuid not null,
  source_id uuid not null,
  state     text not null,
  version   integer not null,
  progress  real not null default 0,
  reason    text not null default '',
  primary key (tenant_id, source_id),
  foreign key (tenant_id, source_id) references attending.sources (tenant_id, id)
);
select attending.protect('source_states');
grant select, insert on attending.source_states to attending_web;
grant update (state, version, reason) on attending.source_states to attending_web;
grant select on attending.source_states to attending_inference, attending_releaser;
grant update (state, version, progress, reason) on attending.source_states to attending_inference;

create table attending.runs (
  tenant_id      uuid not null,
  id             uuid not null,
  source_id      uuid not null,
  step           text not null,
  model_name     text not null,
  model_version  text not null,
  engine         text not null,
  prompt_version text not null,
  parameters     jsonb not null,
  input_digest   text not null,
  output         bytea not null,  -- ciphertext: the rendition, or the raw answer
  started_at     timestamptz not null,
  finished_at    timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, source_id, step, model_name, model_version),
  foreign key (tenant_id, source_id) references attending.sources (tenant_id, id)
);
select attending.protect('runs');
select attending.keep_forever('runs');
grant select, insert on attending.runs to attending_inference;
grant select on attending.runs to attending_web, attending_releaser;

create table attending.cases (
  tenant_id    uuid not null,
  id           uuid not null,
  source_id    uuid not null,
  encounter_id uuid not null,
  line         text not null,
  state        text not null,
  version      integer not null,
  reason       text not null default '',
  opened_at    timestamptz not null default now(),
  changed_at   timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, source_id),
  -- A case is of its source's encounter, and so of its source's patient.
  foreign key (tenant_id, source_id, encounter_id)
    references attending.sources (tenant_id, id, encounter_id)
);
create index cases_worklist on attending.cases (tenant_id, state, changed_at desc, id);
create index cases_by_change on attending.cases (tenant_id, changed_at desc, id desc);
create index cases_by_encounter on attending.cases (tenant_id, encounter_id);
select attending.protect('cases');
grant select, insert on attending.cases to attending_web;
grant update (state, version, reason, changed_at) on attending.cases
  to attending_web, attending_inference, attending_releaser;
grant select on attending.cases to attending_inference, attending_releaser;

create table attending.drafts (
  tenant_id  uuid not null,
  id         uuid not null,
  case_id    uuid not null,
  run_id     uuid not null,
  body       bytea not null,  -- ciphertext
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, case_id),
  unique (tenant_id, run_id),
  foreign key (tenant_id, case_id) references attending.cases (tenant_id, id),
  foreign key (tenant_id, run_id) references attending.runs (tenant_id, id)
);
select attending.protect('drafts');
select attending.keep_forever('drafts');
grant select, insert on attending.drafts to attending_inference;
grant select on attending.drafts to attending_web, attending_releaser;

create table attending.draft_sections (
  tenant_id uuid not null,
  case_id   uuid not null,
  section   text not null,
  ordinal   integer not null,
  primary key (tenant_id, case_id, section),
  foreign key (tenant_id, case_id) references attending.drafts (tenant_id, case_id)
);
select attending.protect('draft_sections');
select attending.keep_forever('draft_sections');
grant select, insert on attending.draft_sections to attending_inference;
grant select on attending.draft_sections to attending_web, attending_releaser;

create table attending.findings (
  tenant_id  uuid not null,
  id         uuid not null,
  case_id    uuid not null,
  section    text not null,
  statement  text not null,
  check_name text not null,
  severity   text not null check (severity in ('info', 'caution', 'serious')),
  body       bytea not null,  -- ciphertext: explanation and quote
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id, section)
    references attending.draft_sections (tenant_id, case_id, section)
);
create index findings_by_case on attending.findings (tenant_id, case_id, section);
select attending.protect('findings');
select attending.keep_forever('findings');
grant select, insert on attending.findings to attending_inference;
grant select on attending.findings to attending_web, attending_releaser;

-- A draft, its sections and its findings are made while the case is drafting, not later:
-- nobody slips a section or a finding under a review.
create function attending.check_drafting() returns trigger
language plpgsql
as $$
begin
  if not exists (
    select from attending.cases c
    where c.tenant_id = new.tenant_id and c.id = new.case_id and c.state = 'drafting'
  ) then
    raise exception 'the case is not drafting' using errcode = 'AT005';
  end if;
  return new;
end $$;
create trigger drafting_only before insert on attending.drafts
  for each row execute function attending.check_drafting();
create trigger drafting_only before insert on attending.draft_sections
  for each row execute function attending.check_drafting();
create trigger drafting_only before insert on attending.findings
  for each row execute function attending.check_drafting();

create function attending.source_step() returns trigger
language plpgsql
as $$
declare
  encounter uuid;
begin
  perform attending.check_transition('source',
    case when tg_op = 'INSERT' then '' else old.state end, new.state,
    case when tg_op = 'INSERT' then 0 else old.version end, new.version);
  select s.encounter_id into strict encounter
  from attending.sources s where s.tenant_id = new.tenant_id and s.id = new.source_id;
  perform attending.record_transition(encounter, 'source', new.source_id,
    case when tg_op = 'INSERT' then '' else old.state end, new.state, new.version, new.reason);
  return new;
end $$;
create trigger step_born before insert on attending.source_states
  for each row execute function attending.source_step();
-- Progress alone is no step.
create trigger step_taken before update of state, version, reason on attending.source_states
  for each row execute function attending.source_step();
