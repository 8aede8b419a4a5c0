-- The guard's own story: which checks ran, which were off, and what they said of an edit.

-- Acts that turn a check off, and on again, and that choose how many findings it may make.
-- Of each the last one holds.
create table attending.guard_acts (
  tenant_id    uuid not null,
  id           uuid not null,
  line         text not null check (line <> ''),
  check_name   text not null check (check_name <> ''),
  act          text not null check (act in ('off', 'on', 'budget')),
  flags        double precision check (flags > 0 and flags < 'Infinity'),  -- of a budget
  body         bytea not null,  -- ciphertext: the reason
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  check ((act = 'budget') = (flags is not null)),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index guard_acts_by_check on attending.guard_acts (tenant_id, line, check_name, at desc);
select attending.protect('guard_acts');
select attending.keep_forever('guard_acts');
grant select, insert on attending.guard_acts to attending_web;
-- What is off and what was chosen, not why, nor by whom.
grant select (tenant_id, id, line, check_name, act, flags, at)
  on attending.guard_acts to attending_inference;

create function attending.checks_off(the_line text)
returns table (id uuid, check_name text, at timestamptz)
language sql stable
as $$
  select a.id, a.check_name, a.at
  from (
    select distinct on (g.check_name) g.id, g.check_name, g.act, g.at
    from attending.guard_acts g
    where g.tenant_id = (select attending.tenant()) and g.line = the_line
      and g.act in ('off', 'on')
    order by g.check_name, g.at desc) a
  where a.act = 'off'
  order by a.check_name
$$;

create function attending.budgets_chosen(the_line text)
returns table (id uuid, check_name text, flags double precision)
language sql stable
as $$
  select distinct on (g.check_name) g.id, g.check_name, g.flags
  from attending.guard_acts g
  where g.tenant_id = (select attending.tenant()) and g.line = the_line and g.act = 'budget'
  order by g.check_name, g.at desc
$$;

create function attending.check_guard_act() returns trigger
language plpgsql
as $$
begin
  if not attending.is_safety_officer(new.principal_id) then
    raise exception 'the principal may not change how a check works' using errcode = 'AT041';
  end if;
  if abs(extract(epoch from clock_timestamp() - new.at)) > 120 then
    raise exception 'an act bears the time at which it is made' using errcode = 'AT016';
  end if;
  return new;
end $$;
create trigger officers_only before insert on attending.guard_acts
  for each row execute function attending.check_guard_act();

-- Every act is in the chain, by whatever way it was written.
create function attending.audit_guard_act() returns trigger
language plpgsql
as $$
begin
  perform attending.audit(new.principal_id::text, 'guard.' || new.act, new.id::text,
    jsonb_strip_nulls(
      jsonb_build_object('line', new.line, 'check', new.check_name, 'flags', new.flags)));
  return null;
end $$;
create trigger audited after insert on attending.guard_acts
  for each row execute function attending.audit_guard_act();

-- What came of each check, when a draft (revision 0, no section) or an edit was guarded.
create table attending.guardings (
  tenant_id uuid not null,
  case_id   uuid not null,
  section   text not null,     -- '' for the draft as a whole
  revision  integer not null,
  done      text[] not null,   -- names of checks
  failed    text[] not null,
  late      text[] not null,
  off       uuid[] not null,   -- the acts that had turned them off
  limit_ms  integer not null,  -- that each check was given
  budgets   jsonb not null default '{}',   -- flags, by the name of a check that keeps to a budget
  chosen    uuid[] not null default '{}',  -- the acts that had chosen them
  at        timestamptz not null default clock_timestamp(),
  primary key (tenant_id, case_id, section, revision),
  check ((section = '') = (revision = 0)),
  foreign key (tenant_id, case_id) references attending.drafts (tenant_id, case_id)
);
select attending.protect('guardings');
select attending.keep_forever('guardings');
grant select, insert on attending.guardings to attending_web;
grant insert on attending.guardings to attending_inference;

-- What a large judge said of a sample of a draft's statements, beside what the line's own
-- score said of them then. Shares, names and ids: no words.
create table attending.judgements (
  tenant_id    uuid not null,
  case_id      uuid not null,
  section      text not null,
  statement    text not null,
  check_name   text not null check (check_name <> ''),  -- that asked
  judge        text not null check (judge <> ''),       -- name and version
  supported    double precision not null check (supported between 0 and 1),
  unsupported  double precision not null check (unsupported between 0 and 1),
  contradicted double precision not null check (contradicted between 0 and 1),
  score        text not null check (score <> ''),       -- name and version
  doubt        double precision not null check (doubt between 0 and 1),
  warns_from   double precision not null check (warns_from between 0 and 1),
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, case_id, statement, check_name),
  foreign key (tenant_id, case_id) references attending.drafts (tenant_id, case_id)
);
create index judgements_by_time on attending.judgements (tenant_id, at);
select attending.protect('judgements');
select attending.keep_forever('judgements');
grant select on attending.judgements to attending_web;
grant insert on attending.judgements to attending_inference;

-- What the guard said of a clinician's edit.
create table attending.revision_findings (
  tenant_id  uuid not null,
  id         uuid not null,
  case_id    uuid not null,
  section    text not null,
  number     integer not null,
  statement  text not null,
  check_name text not null,
  severity   text not null check (severity in ('info', 'caution', 'serious')),
  body       bytea not null,  -- ciphertext: explanation and quote
  primary key (tenant_id, id),
  foreign key (tenant_id, case_id, section, number)
    references attending.revisions (tenant_id, case_id, section, number)
);
create index revision_findings_by_case
  on attending.revision_findings (tenant_id, case_id, section, number);
select attending.protect('revision_findings');
select attending.keep_forever('revision_findings');
grant select, insert on attending.revision_findings to attending_web;
grant select on attending.revision_findings to attending_releaser;

-- All stand with what was guarded, and are not slipped in later: of a draft while it is
-- made, of a revision at the version of the case that its decision made.
create function attending.check_guarding() returns trigger
language plpgsql
as $$
declare
  edit integer := case tg_table_name
    when 'guardings' then (to_jsonb(new) ->> 'revision')::integer
    when 'revision_findings' then (to_jsonb(new) ->> 'number')::integer
    else 0 end;
begin
  -- Two statements: a role that guards drafts may not read decisions, and a plan kept for
  -- both questions would ask for the rights of both.
  if edit = 0 then
    perform from attending.cases c
    where c.tenant_id = new.tenant_id and c.id = new.case_id and c.state = 'drafting';
  else
    perform from attending.revisions r
    join attending.decisions d
      on d.tenant_id = r.tenant_id and d.case_id = r.case_id and d.section = r.section
         and d.revision = r.number - 1 and d.kind = 'edit'
    join attending.cases c
      on c.tenant_id = d.tenant_id and c.id = d.case_id and c.version = d.version
    where r.tenant_id = new.tenant_id and r.case_id = new.case_id
      and r.section = new.section and r.number = edit and c.state = 'in_review';
  end if;
  if not found then
    raise exception 'nothing is being guarded there' using errcode = 'AT005';
  end if;
  return new;
end $$;
create trigger while_guarded before insert on attending.guardings
  for each row execute function attending.check_guarding();
create trigger while_guarded before insert on attending.judgements
  for each row execute function attending.check_guarding();
create trigger while_guarded before insert on attending.revision_findings
  for each row execute function attending.check_guarding();

-- What was found in a case as it stands: of its draft, and of the edits that stand.
create function attending.standing_findings(the_case uuid)
returns table (section text, statement text, severity text)
language sql stable
as $$
  select f.section, f.statement, f.severity from attending.findings f
  where f.tenant_id = (select attending.tenant()) and f.case_id = the_case
  union all
  select f.section, f.statement, f.severity from attending.revision_findings f
  where f.tenant_id = (select attending.tenant()) and f.case_id = the_case
    and f.number = attending.present_revision(the_case, f.section)
$$;

-- As before (0004), and every serious finding on what was edited, as it stands, opened.
create or replace function attending.seen(the_case uuid, the_section text, who uuid)
returns boolean
language sql stable
as $$
  select
    (exists (
       select from attending.views v
       where v.tenant_id = attending.tenant() and v.case_id = the_case
         and v.section = the_section and v.principal_id = who
         and v.revision = attending.present_revision(the_case, the_section))
     or exists (
       select from attending.revisions r
       where r.tenant_id = attending.tenant() and r.case_id = the_case
         and r.section = the_section and r.principal_id = who
         and r.number = attending.present_revision(the_case, the_section)))
    and not exists (
       select from attending.standing_findings(the_case) serious
       where serious.section = the_section and serious.severity = 'serious'
         and not exists (
           select from attending.views v
           where v.tenant_id = attending.tenant() and v.case_id = the_case
             and v.section = the_section and v.principal_id = who
             and v.statement = serious.statement))
$$;
