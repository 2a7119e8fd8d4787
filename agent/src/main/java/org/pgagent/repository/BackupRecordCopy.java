package org.pgagent.repository;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A record to be made of another one: the same but for what is set. */
final class BackupRecordCopy {
    private final BackupRecord original;
    BackupState state;
    BackupRecord.Writer writer;
    Instant aliveUntil;
    BackupSource source;
    Map<String, String> annotations;
    List<String> excluded;
    BackupRecord.Parent parent;
    List<BackupId> resumes;
    List<BackupId> rewrites;
    BackupRecord.Start start;
    BackupRecord.Stop stop;
    BackupRecord.Totals totals;
    List<BackupRecord.Pack> packs;
    List<BackupRecord.Need> needs;
    ManifestSum manifest;
    List<ReplacedManifest> replaced;
    Pin pin;
    Validation validation;
    RestoreDrills drills;
    ServerLogFiles serverLogs;
    Instant damagedAt;
    String error;
    String nonce;

    BackupRecordCopy(BackupRecord original) {
        this.original = original;
        state = original.state();
        writer = original.writer();
        source = original.source();
        aliveUntil = original.aliveUntil();
        annotations = original.annotations();
        excluded = original.excluded();
        parent = original.parent();
        resumes = original.resumes();
        rewrites = original.rewrites();
        start = original.start();
        stop = original.stop();
        totals = original.totals();
        packs = original.packs();
        needs = original.needs();
        manifest = original.manifest();
        replaced = original.replaced();
        pin = original.pin();
        validation = original.validation();
        drills = original.drills();
        serverLogs = original.serverLogs();
        damagedAt = original.damagedAt();
        error = original.error();
        nonce = original.nonce();
    }

    /** What was seen of a manifest says nothing of another one. */
    void forgetProofs() {
        validation = null;
        drills = null;
    }

    BackupRecord record() {
        return new BackupRecord(
                original.format(),
                original.id(),
                original.kind(),
                state,
                writer,
                aliveUntil,
                source,
                annotations,
                excluded,
                parent,
                resumes,
                rewrites,
                start,
                stop,
                totals,
                packs,
                needs,
                manifest,
                replaced,
                pin,
                validation,
                drills,
                serverLogs,
                damagedAt,
                error,
                nonce);
    }
}
