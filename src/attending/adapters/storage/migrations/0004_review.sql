-- Review: seeing, deciding, revising. Nothing here is ever overwritten.

create table attending.views (
  tenant_id    uuid not null,
  case_id      uuid not null,
  section      text not null,
  revision     integer not null,
  statement    text not null default '',  -- a statement whose finding was opened, or ''
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, case_id, section, revision, statement, principal_id),
  foreign key (tenant_id, case_id, section)
    references attending.draft_sections (tenant_id, case_id, section),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
select attending.protect('views');
select attending.keep_forever('views');
grant select, insert on attending.views to attending_web;
grant select on attending.views to attending_releaser;

create table attending.decisions (
  tenant_id    uuid not null,
  id           uuid not null,
  case_id      uuid not null,
  section      text not null,
  revision     integer not null,  -- the revision that was shown
  kind         text not null check (kind in ('accept', 'edit', 'reject')),
  reason       bytea not null,    -- ciphertext
  principal_id uuid not null,
  version      integer not null,  -- the case's version that this decision made
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, case_id, version),
  foreign key (tenant_id, case_id, section)
    references attending.draft_sections (tenant_id, case_id, section),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index decisions_by_person on attending.decisions (tenant_id, principal_id, at);
select attending.protect('decisions');
select attending.keep_forever('decisions');
grant select, insert on attending.decisions to attending_web;
grant select on attending.decisions to attending_releaser;

create table attending.revisions (
  tenant_id    uuid not null,
  case_id      uuid not null,
  section      text not null,
  number       integer not null check (number > 0),
  body         bytea not null,  -- ciphertext
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, case_id, section, number),
  foreign key (tenant_id, case_id, section)
    references attending.draft_sections (tenant_id, case_id, section),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
select attending.protect('revisions');
select attending.keep_forever('revisions');
grant select, insert on attending.revisions to attending_web;
grant select on attending.revisions to attending_releaser;

-- Why a whole draft was rejected, once.
create table attending.rejections (
  tenant_id    uuid not null,
  case_id      uuid not null,
  version      integer not null,  -- the case's version that the rejection made
  reason       bytea not null,    -- ciphertext
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, case_id),
  foreign key (tenant_id, case_id) references attending.cases (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
select attending.protect('rejections');
select attending.keep_forever('rejections');
grant select, insert on attending.rejections to attending_web;
grant select on attending.rejections to attending_releaser;

create function attending.present_revision(the_case uuid, the_section text) returns integer
language sql stable
as $$
  select coalesce(max(r.number), 0) from attending.revisions r
  where r.tenant_id = attending.tenant() and r.case_id = the_case and r.section = the_section
$$;

-- Seen by this principal as it stands (or written by them), every serious finding opened.
create function attending.seen(the_case uuid, the_section text, who uuid) returns boolean
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
       select from attending.findings f
       where f.tenant_id = attending.tenant() and f.case_id = the_case
         and f.section = the_section and f.severity = 'serious'
         and not exists (
           select from attending.views v
           where v.tenant_id = f.tenant_id and v.case_id = f.case_id
             and v.section = f.section and v.principal_id = who and v.statement = f.statement))
$$;

-- Every section has a decision, made at or before this version of the case.
create function attending.fully_decided(the_case uuid, the_version integer) returns boolean
language sql stable
as $$
  select exists (
    select from attending.draft_sections s
    where s.tenant_id = attending.tenant() and s.case_id = the_case)
  and not exists (
    select from attending.draft_sections s
    where s.tenant_id = attending.tenant() and s.case_id = the_case
      and not exists (
        select from attending.decisions d
        where d.tenant_id = s.tenant_id and d.case_id = s.case_id
          and d.section = s.section and d.version <= the_version))
$$;

create function attending.is_clinician(who uuid) returns boolean
language sql stable
as $$
  select exists (
    select from attending.principals p
    where p.tenant_id = attending.tenant() and p.id = who and 'clinician' = any (p.roles))
$$;

-- For who is refused: how the case stands. Told as the detail of a refusal (database.py).
create function attending.stands_now(the_case uuid) returns text
language sql stable
as $$
  select coalesce((
    select c.state || ' ' || c.version from attending.cases c
    where c.tenant_id = attending.tenant() and c.id = the_case), '')
$$;

create function attending.check_view() returns trigger
language plpgsql
as $$
begin
  if new.revision <> attending.present_revision(new.case_id, new.section) then
    raise exception 'only what stands now can be seen' using errcode = 'AT006',
      detail = attending.stands_now(new.case_id);
  end if;
  return new;
end $$;
create trigger present_only before insert on attending.views
  for each row execute function attending.check_view();

create function attending.check_decision() returns trigger
language plpgsql
as $$
begin
  if not exists (
    select from attending.cases c
    where c.tenant_id = new.tenant_id and c.id = new.case_id
      and c.state = 'in_review' and c.version = new.version
  ) then
    raise exception 'the case is not in review at this version' using errcode = 'AT005',
      detail = attending.stands_now(new.case_id);
  end if;
  if not attending.is_clinician(new.principal_id) then
    raise exception 'the principal may not decide' using errcode = 'AT009';
  end if;
  if new.revision <> attending.present_revision(new.case_id, new.section) then
    raise exception 'the decision is on a revision that no longer stands' using errcode = 'AT006',
      detail = attending.stands_now(new.case_id);
  end if;
  if not attending.seen(new.case_id, new.section, new.principal_id) then
    raise exception 'decided without having been seen' using errcode = 'AT007',
      detail = attending.stands_now(new.case_id);
  end if;
  return new;
end $$;
create trigger seen_first before insert on attending.decisions
  for each row execute function attending.check_decision();

create function attending.check_revision() returns trigger
language plpgsql
as $$
begin
  if not exists (
    select from attending.decisions d
    join attending.cases c
      on c.tenant_id = d.tenant_id and c.id = d.case_id and c.version = d.version
    where d.tenant_id = new.tenant_id and d.case_id = new.case_id
      and d.section = new.section and d.kind = 'edit' and d.revision = new.number - 1
      and d.principal_id = new.principal_id and c.state = 'in_review'
  ) then
    raise exception 'a revision needs its decision' using errcode = 'AT008';
  end if;
  return new;
end $$;
create trigger decision_first before insert on attending.revisions
  for each row execute function attending.check_revision();
