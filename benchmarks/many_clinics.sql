-- A hundred thousand cases over fifty clinics, as the loop would have left them, put in by
-- a superuser without triggers. {cases} and {tenants} are filled in. Ciphertext is noise of
-- the sizes that the sample consultation has; renditions and answers, which none of the
-- queries under test reads, are kept short. Rows of all clinics lie mixed, as time makes them.
set session_replication_role = replica;
set synchronous_commit = off;
set work_mem = '256MB';

create temporary table noise (bytes bytea);
alter table noise alter bytes set storage external;
insert into noise
select string_agg(uuid_send(gen_random_uuid()), '') from generate_series(1, 20000);
create function pg_temp.sealed(size integer) returns bytea language sql volatile
as $$ select substring(bytes from 1 + (random() * 300000)::integer for size) from noise $$;

create temporary table clinic as
select n, gen_random_uuid() as tenant_id, gen_random_uuid() as principal_id,
       gen_random_uuid() as target_id
from generate_series(0, {tenants} - 1) n;
insert into attending.tenants (tenant_id, name)
select tenant_id, 'Clinic ' || n from clinic;
insert into attending.tenant_keys (tenant_id, generation, key, clinic_key)
select tenant_id, 1, pg_temp.sealed(60), pg_temp.sealed(60) from clinic;
insert into attending.principals (tenant_id, id, issuer, subject, name, roles)
select tenant_id, principal_id, 'https://id.example', 'clinician', 'Clinician', '{{clinician}}'
from clinic;
insert into attending.record_targets (tenant_id, id, kind, address, name)
select tenant_id, target_id, 'memory', 'https://record.example', 'Record' from clinic;

-- Each patient comes four times.
create temporary table person as
select g.n, c.tenant_id, c.target_id, gen_random_uuid() as id
from generate_series(0, {cases} / 4) g (n) join clinic c on c.n = g.n % {tenants};
insert into attending.patients (tenant_id, id, target_id, identity, key, key_generation)
select tenant_id, id, target_id, pg_temp.sealed(230), pg_temp.sealed(60), 1 from person;
create index on person (n);

create temporary table visit as
select v.n, p.tenant_id, p.id as patient_id, c.principal_id, c.target_id,
       gen_random_uuid() as encounter_id, gen_random_uuid() as source_id,
       gen_random_uuid() as case_id, gen_random_uuid() as run_id,
       gen_random_uuid() as signature_id, gen_random_uuid() as release_id,
       case when random() < 0.1 then 'in_review' else 'released' end as state,
       now() - interval '400 days' * (1 - v.n::double precision / {cases}) as at
from generate_series(0, {cases} - 1) v (n)
join person p on p.n = v.n % ({cases} / 4)
join clinic c on c.tenant_id = p.tenant_id;
create temporary table section as
select * from unnest(array['chief_complaint', 'history_of_present_illness', 'past_history',
  'medications', 'allergies', 'review_of_systems', 'examination', 'results', 'assessment',
  'plan']) with ordinality as s (key, ordinal);

insert into attending.encounters
  (tenant_id, id, patient_id, target_id, reference, principal_id, started_at)
select tenant_id, encounter_id, patient_id, target_id, pg_temp.sealed(48), principal_id, at
from visit;
insert into attending.sources
  (tenant_id, id, encounter_id, line, media_type, digest, size, blob, hints, principal_id)
select tenant_id, source_id, encounter_id, 'documentation', 'audio/ogg',
  encode(sha256(uuid_send(source_id)), 'hex'), 500000, 'sources/' || source_id,
  pg_temp.sealed(60), principal_id
from visit;
insert into attending.source_states (tenant_id, source_id, state, version, progress)
select tenant_id, source_id, 'transcribed', 3, 1 from visit;
insert into attending.runs
  (tenant_id, id, source_id, step, model_name, model_version, engine, prompt_version,
   parameters, input_digest, output, started_at, finished_at)
select v.tenant_id, case when s.step = 'infer' then v.run_id else gen_random_uuid() end,
  v.source_id, s.step, 'model', '1', 'local', '', '{{"beam": "5"}}', repeat('0', 64),
  pg_temp.sealed(1000), v.at, v.at
from visit v cross join (values ('decode'), ('infer')) s (step);
insert into attending.cases
  (tenant_id, id, source_id, encounter_id, line, state, version, opened_at, changed_at)
select tenant_id, case_id, source_id, encounter_id, 'documentation', state,
  case state when 'released' then 15 else 4 end, at, at + interval '10 minutes'
from visit;
insert into attending.drafts (tenant_id, id, case_id, run_id, body)
select tenant_id, gen_random_uuid(), case_id, run_id, pg_temp.sealed(9500) from visit;
insert into attending.draft_sections (tenant_id, case_id, section, ordinal)
select v.tenant_id, v.case_id, s.key, s.ordinal from visit v cross join section s;
insert into attending.findings
  (tenant_id, id, case_id, section, statement, check_name, severity, body)
select v.tenant_id, gen_random_uuid(), v.case_id, s.key, s.key || '.1', 'confidence',
  case when s.ordinal = 7 then 'serious' else 'caution' end, pg_temp.sealed(220)
from visit v join section s on s.ordinal in (3, 4, 7, 10);
insert into attending.views (tenant_id, case_id, section, revision, principal_id)
select v.tenant_id, v.case_id, s.key, 0, v.principal_id
from visit v cross join section s where v.state <> 'in_review';
insert into attending.decisions
  (tenant_id, id, case_id, section, revision, kind, reason, principal_id, version)
select v.tenant_id, gen_random_uuid(), v.case_id, s.key, 0,
  case when s.ordinal = 10 then 'edit' else 'accept' end, pg_temp.sealed(28), v.principal_id,
  4 + s.ordinal
from visit v cross join section s where v.state <> 'in_review';
insert into attending.revisions (tenant_id, case_id, section, number, body, principal_id)
select tenant_id, case_id, 'plan', 1, pg_temp.sealed(1600), principal_id
from visit where state <> 'in_review';
insert into attending.signatures
  (tenant_id, id, case_id, version, action, target_id, digest, payload, proof, principal_id,
   signed_at)
select tenant_id, signature_id, case_id, 14, 'write', target_id, repeat('0', 64),
  pg_temp.sealed(1900), pg_temp.sealed(900), principal_id, at
from visit where state <> 'in_review';
insert into attending.releases
  (tenant_id, id, case_id, signature_id, target_id, digest, state, version, reference, written)
select tenant_id, release_id, case_id, signature_id, target_id, repeat('0', 64), 'written', 3,
  'DocumentReference/1', pg_temp.sealed(1900)
from visit where state <> 'in_review';
insert into attending.transitions
  (tenant_id, encounter_id, subject, subject_id, from_state, to_state, version, reason, actor, at)
select v.tenant_id, v.encounter_id, s.subject,
  case s.subject when 'source' then v.source_id when 'case' then v.case_id else v.release_id end,
  s.old, s.new, s.version, '', 'web', v.at + s.version * interval '1 second'
from visit v join (values
  ('source', '', 'received', 1), ('source', 'received', 'transcribing', 2),
  ('source', 'transcribing', 'transcribed', 3), ('case', '', 'drafting', 1),
  ('case', 'drafting', 'in_review', 3), ('case', 'in_review', 'signed', 14),
  ('release', '', 'pending', 1), ('release', 'pending', 'writing', 2),
  ('release', 'writing', 'written', 3), ('case', 'signed', 'released', 15)
) s (subject, old, new, version)
  on v.state <> 'in_review' or (s.subject <> 'release' and s.version <= 3);
insert into attending.spans
  (tenant_id, span_id, trace_id, encounter_id, name, process, started_at, ended_at, attributes)
select v.tenant_id, encode(substring(uuid_send(gen_random_uuid()) for 8), 'hex'),
  replace(v.encounter_id::text, '-', ''), v.encounter_id, s.name, 'inference', v.at, v.at,
  jsonb_build_object('case', v.case_id)
from visit v join (values ('intake'), ('decode'), ('infer'), ('guard'), ('sign'), ('release'))
  s (name) on v.state <> 'in_review' or s.name not in ('sign', 'release');

create table public.bench_visit as
select tenant_id, encounter_id, source_id, case_id, patient_id, state from visit;
reset session_replication_role;
