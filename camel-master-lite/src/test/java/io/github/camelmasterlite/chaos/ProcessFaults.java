package io.github.camelmasterlite.chaos;

import io.github.camelmasterlite.chaos.ChaosFault.Injected;
import io.github.camelmasterlite.chaos.ChaosFault.Scene;
import java.time.Duration;
import java.util.List;

/** What can be done to processes and their services, whatever store they use. */
public final class ProcessFaults {

    private ProcessFaults() {}

    /**
     * All of it.
     *
     * @param recovery how long it may take until each lock has one leader again
     * @param pause    a time to stop a process for by SIGSTOP
     * @param longer   another one, longer than any lease
     */
    public static List<ChaosFault> of(Duration recovery, Duration pause, Duration longer) {
        String of = pause.toSeconds() + " s";
        String ofLonger = longer.toSeconds() + " s";
        return List.of(
                ChaosFault.of("SIGKILL, leader", recovery, (arena, scene) -> {
                    scene.leading().kill();
                    return replacing(arena, scene.leading());
                }),
                ChaosFault.of("SIGKILL, follower", recovery, (arena, scene) -> {
                    scene.other().kill();
                    return replacing(arena, scene.other());
                }),
                ChaosFault.graceful("SIGTERM, leader", recovery, (arena, scene) -> {
                    arena.resume(scene.leading()); // a stopped process would not hear it
                    scene.leading().terminate();
                    return replacing(arena, scene.leading());
                }),
                ChaosFault.of(
                        "SIGSTOP " + of + ", leader",
                        recovery,
                        (arena, scene) -> pausing(arena, scene.leading(), pause)),
                ChaosFault.of(
                        "SIGSTOP " + ofLonger + ", leader",
                        recovery,
                        (arena, scene) -> pausing(arena, scene.leading(), longer)),
                ChaosFault.of(
                        "SIGSTOP " + ofLonger + ", follower",
                        recovery,
                        (arena, scene) -> pausing(arena, scene.other(), longer)),
                ChaosFault.graceful("leader resigns", recovery, (arena, scene) -> {
                    scene.leading().tell("resign " + scene.context() + " " + scene.lock() + " 250");
                    return Injected.atOnce();
                }),
                ChaosFault.graceful("service of the leader stopped and started", recovery, (arena, scene) -> {
                    scene.leading().tell("stop " + scene.context());
                    scene.leading().tell("start " + scene.context());
                    return Injected.atOnce();
                }),
                ChaosFault.graceful(
                        "work of all members slow to start and to stop, and SIGTERM", recovery, (arena, scene) -> {
                            arena.tellAll("slow 150 150 20");
                            arena.resume(scene.leading());
                            scene.leading().terminate();
                            return Injected.lasting(Duration.ofMillis(500), () -> {
                                arena.replace(scene.leading());
                                arena.tellAll("slow 0 0 0");
                            });
                        }));
    }

    private static Injected replacing(ChaosArena arena, MemberProcess process) {
        return Injected.lasting(Duration.ofMillis(200), () -> arena.replace(process));
    }

    private static Injected pausing(ChaosArena arena, MemberProcess process, Duration time) throws Exception {
        arena.pause(process);
        return Injected.lasting(time, () -> arena.resume(process));
    }

    /** Another process is killed, and its successor starts while {@code then} is done. */
    public static String newcomer(ChaosArena arena, Scene scene, ChaosFault.Ending then) throws Exception {
        scene.other().kill();
        String name = arena.replace(scene.other());
        then.end();
        return name;
    }
}
