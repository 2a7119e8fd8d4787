package org.pgagent;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** What the javadoc of records says of them and of their components. */
final class RecordComponents {
    private static final Path SOURCES = Path.of("src/main/java").toAbsolutePath();
    private static final Map<String, String> DESCRIPTIONS = read();

    private RecordComponents() {}

    /** Null if the javadoc says nothing of it. */
    static String description(Class<?> record, String component) {
        return DESCRIPTIONS.get(record.getCanonicalName() + "#" + component);
    }

    /** What the first sentence of the type's javadoc says of it; null if it has none. */
    static String description(Class<?> type) {
        return type.isRecord() ? DESCRIPTIONS.get(type.getCanonicalName()) : null;
    }

    private static Map<String, String> read() {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, String> descriptions = new HashMap<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> walk = Files.walk(SOURCES)) {
            List<Path> sources =
                    walk.filter(file -> file.toString().endsWith(".java")).toList();
            Iterable<? extends JavaFileObject> units = files.getJavaFileObjectsFromPaths(sources);
            JavacTask task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null, units);
            DocTrees trees = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new Records(trees, unit, descriptions).scan(unit, null);
            }
            return descriptions;
        } catch (IOException e) {
            throw new AssertionError("cannot read the sources", e);
        }
    }

    /** Walks through one source. */
    private static final class Records extends TreePathScanner<Void, Void> {
        private final DocTrees trees;
        private final CompilationUnitTree unit;
        private final Map<String, String> descriptions;

        private Records(DocTrees trees, CompilationUnitTree unit, Map<String, String> descriptions) {
            this.trees = trees;
            this.unit = unit;
            this.descriptions = descriptions;
        }

        @Override
        public Void visitClass(ClassTree type, Void none) {
            DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
            if (comment != null) {
                descriptions.put(name(), text(comment.getFirstSentence()));
                for (DocTree tag : comment.getBlockTags()) {
                    if (tag instanceof ParamTree param) {
                        descriptions.put(name() + "#" + param.getName(), text(param.getDescription()));
                    }
                }
            }
            return super.visitClass(type, null);
        }

        private String name() {
            String name = "";
            for (TreePath path = getCurrentPath(); path != null; path = path.getParentPath()) {
                if (path.getLeaf() instanceof ClassTree type) {
                    name = "." + type.getSimpleName() + name;
                }
            }
            return unit.getPackageName() + name;
        }

        private static String text(List<? extends DocTree> words) {
            return words.stream()
                    .map(Object::toString)
                    .collect(Collectors.joining())
                    .replaceAll("\\{@(?:code|link) ([^}]*)}", "$1")
                    .replaceAll("\\s+", " ");
        }
    }
}
