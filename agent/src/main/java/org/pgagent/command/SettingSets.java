package org.pgagent.command;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;

/** Which settings a verb takes as options. */
final class SettingSets {
    private static final Set<Setting<?>> LOG = Set.of(Setting.LOG_LEVEL, Setting.LOG_FORMAT);

    private SettingSets() {}

    /** The settings of some groups, and those of the log. */
    static Set<Setting<?>> of(Set<SettingGroup> groups, Setting<?>... others) {
        Set<Setting<?>> settings = new HashSet<>(LOG);
        settings.addAll(List.of(others));
        Setting.ALL.stream().filter(setting -> groups.contains(setting.group())).forEach(settings::add);
        return settings;
    }
}
